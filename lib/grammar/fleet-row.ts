// The row of `fleet` in the table of subcommands: the longest of them. Long texts: lib/help/subcommands.txt.
import { JSON_OPTION, WAIT } from './subcommand-options.ts'

export const FLEET_ROW = {
  name: 'fleet',
  onNode: 'ipvsadm-agent',
  words: [
    {
      name: 'action',
      choices: ['push', 'history', 'show', 'rollback', 'diff', 'status', 'prune', 'forget'],
      help: 'push a rule file as the next revision; list the revisions; print one; make an old one the next; compare; show who has what; remove old revisions; forget a director that is gone',
    },
    {
      name: 'operand',
      optional: true,
      file: true,
      help: 'push: the rule file; show, rollback, diff: the number of a revision; forget: the name of a director',
    },
  ],
  options: [
    {
      long: 'group',
      argument: 'required',
      valueName: 'name',
      help: 'the group of directors; may be left out, except with push, if there is only one; status: this one alone',
    },
    { long: 'message', argument: 'required', valueName: 'text', help: 'push, rollback: why' },
    {
      long: 'author',
      argument: 'required',
      valueName: 'name',
      help: 'push, rollback: who, if it is not the user',
    },
    {
      long: 'dry-run',
      argument: 'none',
      help: 'push, rollback: print the changes, and commit nothing; prune: remove nothing',
    },
    {
      long: 'canary',
      argument: 'required',
      valueName: 'number',
      help: 'push, rollback: so many directors first',
    },
    {
      long: 'batch',
      argument: 'required',
      valueName: 'number',
      help: 'push, rollback: then so many at a time, or a percentage of all: 25%; all by default',
    },
    {
      ...WAIT,
      help: 'push, rollback: how long a wave must be well before the next begins: 500ms, 5m; 10s by default',
    },
    {
      long: 'patience',
      argument: 'required',
      valueName: 'time',
      help: 'push, rollback: how long a wave may take; 2m by default',
    },
    {
      long: 'detach',
      argument: 'none',
      help: 'push, rollback: do not wait for the end of the rollout',
    },
    {
      long: 'director',
      argument: 'required',
      valueName: 'name',
      help: "diff: the changes from this director's live table to its rules",
    },
    {
      long: 'keep',
      argument: 'required',
      valueName: 'number',
      help: 'prune: so many of the last revisions; those that directors are to have are kept in any case',
    },
    { long: 'watch', argument: 'none', help: 'status: print it after each change' },
    { ...JSON_OPTION, help: 'history, status: print JSON; with --watch a line each' },
    {
      long: 'settings',
      argument: 'required',
      valueName: 'file',
      help: 'the file with the settings that follow; /etc/ipvsadm/fleet.yaml if it is there',
    },
    {
      long: 'endpoints',
      argument: 'required',
      valueName: 'address',
      repeatable: true,
      help: 'the members of the etcd cluster, HOST:PORT or https://HOST:PORT, tried in turn; http://127.0.0.1:2379 by default',
    },
    {
      long: 'prefix',
      argument: 'required',
      valueName: 'text',
      help: 'the beginning of all keys; /ipvsadm/ by default',
    },
    {
      long: 'ca',
      argument: 'required',
      valueName: 'file',
      help: "the authority of the members' certificates",
    },
    { long: 'cert', argument: 'required', valueName: 'file', help: 'the certificate of this client' },
    { long: 'key', argument: 'required', valueName: 'file', help: 'its key' },
    {
      long: 'login',
      argument: 'required',
      valueName: 'file',
      help: 'a file with a line NAME:PASSWORD, a user of etcd',
    },
  ],
  help: 'keep the same rules on many directors, in etcd: push, roll out, go back, see who has what',
} as const
