// A director with a web server in one guest: its shell, and the counters of its listing.
import { expect } from '@jest/globals'
import type { Guest } from './guest.ts'
import { install, installed, installedPath } from './install.ts'

/** For what is asked again and again: the agent and `serve` are on Node. */
const EXECUTABLE = `${installed('standalone')}/ipvsadm`

/** Runs a line in Bash, which must succeed without a message; gives its output. */
export type Shell = (line: string, stdin?: string) => Promise<string>

/** A web server at 127.0.0.1:8080; it listens before it leaves the foreground. */
const WEB_SERVER = `
  use IO::Socket::INET;
  $SIG{PIPE} = "IGNORE";
  my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 10, ReuseAddr => 1) or die;
  exit if fork;
  open my $file, ">", "/run/web"; print $file $$; close $file;
  close STDOUT; close STDERR;
  while (my $client = $server->accept) {
      while (<$client>) { last if !/S/ }
      print $client "HTTP/1.0 200 OK\\r\\n\\r\\n", "hello\\n" x 100;
      close $client;
  }`

/** Installs the programs, adds the address 192.0.2.1 and the rules, and starts the web server. */
export async function startDirector(guest: Guest, rules: string): Promise<Shell> {
  const shell: Shell = async (line, stdin = '') => {
    const { status, stdout, stderr } = await guest.run(['bash', '-c', line], {
      stdin,
      env: { PATH: installedPath('node') },
    })
    expect([line, status, `${stderr}`]).toEqual([line, 0, ''])
    return `${stdout}`
  }
  await install(guest)
  await shell('ip addr add 192.0.2.1/32 dev lo && ip link set lo up')
  await shell(`${EXECUTABLE} -R`, rules)
  await guest.run(['perl', '-e', WEB_SERVER])
  return shell
}

/** The counters of each line of the listing, in its order: connections, packets in and out, bytes in and out. */
export async function listedCounters(shell: Shell): Promise<string[][]> {
  const text = await shell(`${EXECUTABLE} -Ln --stats --exact`)
  return text
    .split('\n')
    .filter((line) => /^(TCP| {2}->) +[0-9]/.test(line))
    .map((line) => line.trim().split(/ +/).slice(-5))
}

/** More than the milliseconds for which `serve` gives one reading of the table to others who ask. */
const FRESH = 600

/**
 * Reads something from `serve` while the listing's counters stay as they are, and have been so for longer than it keeps a
 * reading: the kernel publishes them every two seconds, or later.
 * @param connections those of the first service, which have all been made
 */
export async function whileListed<T>(
  shell: Shell,
  connections: number,
  read: () => Promise<T>,
): Promise<{ counters: string[][]; value: T }> {
  let counters = await listedCounters(shell)
  let since = performance.now()
  for (;;) {
    const isOld = performance.now() - since > FRESH
    const value = await read()
    const now = await listedCounters(shell)
    const isSame = JSON.stringify(now) === JSON.stringify(counters)
    if (isSame && isOld && Number(now[0]![0]) === connections) return { counters, value }
    if (!isSame) since = performance.now()
    counters = now
  }
}
