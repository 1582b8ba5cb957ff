// Parts of keepalived.conf that the agent has nothing for: a note for each.
import type { Notes } from './imported.ts'
import type { Block } from './keepalived-blocks.ts'

/** Blocks at the top. */
const TOP: ReadonlyMap<string, string> = new Map(
  Object.entries({
    global_defs: 'left out: global settings of keepalived',
    vrrp_instance:
      'left out: the agent does not do VRRP; keep keepalived for it, without its virtual servers',
    vrrp_sync_group:
      'left out: the agent does not do VRRP; keep keepalived for it, without its virtual servers',
    vrrp_script: 'left out: the agent does not do VRRP; keep keepalived for it, without its virtual servers',
    include: 'left out: import the file that is included too',
    SSL: 'left out: the agent has no certificate of its own',
  }),
)

/** Lines of virtual_server and real_server. */
const INNER: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ha_suspend: 'left out: the agent checks whether or not the address is on this machine',
    alpha: 'left out: at its start the agent changes nothing until it has results',
    omega: 'left out: the agent leaves the table as it is when it stops',
    quorum: 'left out: fallback servers are used while no server is up; see minimum in agent.yaml',
    hysteresis: 'left out: there is no quorum',
    quorum_up: 'left out: the agent calls no program; it logs',
    quorum_down: 'left out: the agent calls no program; it logs',
    notify_up: 'left out: the agent calls no program; it logs',
    notify_down: 'left out: the agent calls no program; it logs',
    smtp_alert: 'left out: the agent sends no mail; it logs',
    sorry_server_inhibit: 'left out: fallback servers are not checked',
    lvs_sync_daemon: 'left out: start the daemon with ipvsadm --start-daemon',
    lvs_timeouts: 'left out: set them with ipvsadm --set, which the rule file may have as a line',
  }),
)

const KNOWN_TOP = ['virtual_server', 'virtual_server_group']

export function noteLeftOut(blocks: readonly Block[], notes: Notes): void {
  for (const block of blocks) {
    const [keyword = ''] = block.words
    if (!KNOWN_TOP.includes(keyword)) notes.add(block.line, TOP.get(keyword) ?? `left out: ${keyword}`)
    for (const line of [block, ...block.lines].flatMap(({ lines }) => lines)) {
      const note = INNER.get(line.words[0] ?? '')
      // A quorum of one is what the agent does.
      if (note !== undefined && line.words.join(' ') !== 'quorum 1') notes.add(line.line, note)
    }
  }
}
