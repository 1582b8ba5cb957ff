// The NAT balancer of docs/nat.md in the test kernel, with web servers on port 8081 that tests can stop, hang and revive.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Guest } from '../support/guest.ts'
import { installMachines, Machines } from '../support/machines.ts'
import { readMachines } from '../support/walkthrough.ts'

/**
 * A web server whose behaviour is the word in a file: `ok`, `500`, `hang`, `drip` (a byte a second), or `dead` (the port
 * is closed). */
const SERVER = `use IO::Socket::INET; my ($name) = @ARGV; $SIG{PIPE} = "IGNORE"; my $dripped = 0;
  sub mode { open my $file, "<", "/run/mode-$name" or return ""; my $word = <$file>; chomp $word; $word }
  exit if fork; open STDOUT, ">/dev/null"; open STDERR, ">/dev/null"; open STDIN, "</dev/null";
  while (1) {
      select undef, undef, undef, 0.05 while mode() eq "dead";
      my $server = IO::Socket::INET->new(LocalPort => 8081, Listen => 50, ReuseAddr => 1) or next;
      while (mode() ne "dead") {
          if (mode() eq "drip" && time != $dripped) { $dripped = time; syswrite $_, "H" for @held }
          my $in = ""; vec($in, fileno $server, 1) = 1;
          next unless select $in, undef, undef, 0.05;
          my $client = $server->accept or next;
          if (mode() eq "hang" || mode() eq "drip") { push @held, $client; next }
          while (my $line = <$client>) { last if $line !~ /\\S/ }
          print $client (mode() eq "500" ? "HTTP/1.0 500 Down" : "HTTP/1.0 200 OK"), "\\r\\n\\r\\n$name\\n";
          close $client;
      }
      close $server; @held = ();
  }`

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** A shell command that runs a Perl program. */
export const perl = (program: string, ...words: readonly (string | number)[]) =>
  `perl -e ${quoted(program)} ${words.join(' ')}`

/**
 * Runs a shell command again whenever the table or a file (ARGV: the command, the seconds at most, the file) has become
 * another, until it succeeds: in the test kernel, a shell that looks by itself would keep the processor busy.
 */
const WATCHER = `my ($command, $patience, $file) = @ARGV; my $seen = "";
  sub look { local $/; open my $table, "<", "/proc/net/ip_vs"; my $text = <$table>; ($text // "") . -s $file }
  sub uptime { open my $uptime, "<", "/proc/uptime"; (split / /, <$uptime>)[0] }
  my $start = uptime();
  while (1) {
      my $now = look();
      if ($now ne $seen) { $seen = $now; exit if !system "sh", "-c", $command }
      exit 1 if uptime() - $start > $patience;
      select undef, undef, undef, 0.02;
  }`

export class AgentLab {
  readonly #guest: Guest
  readonly #machines: Machines

  private constructor(guest: Guest, machines: Machines) {
    this.#guest = guest
    this.#machines = machines
  }

  static async start(): Promise<AgentLab> {
    const guest = await Guest.start()
    await installMachines(guest)
    const picture = readFileSync(join(__dirname, '../../docs/nat.md'), 'utf8')
    const lab = new AgentLab(guest, await Machines.build(guest, readMachines(picture)))
    await lab.type(
      'director',
      'mkdir /run/balancer; sysctl -qw net.ipv4.ip_forward=1; ip address add 192.0.2.80/32 dev eth0',
    )
    for (const name of ['web1', 'web2']) {
      await lab.type(name, `echo ok >/run/mode-${name}; ${perl(SERVER, name)}`)
    }
    return lab
  }

  /** Runs a shell command on a machine; returns its output on both streams. Rejects if it fails. */
  async type(machine: string, typed: string): Promise<string> {
    const { output, status } = await this.#machines.type({ machine, typed, output: '', status: 0, line: 0 })
    if (status !== 0) throw new Error(`${machine}# ${typed}: status ${status}: ${output}`)
    return output
  }

  /**
   * Waits on the director until a shell command about the table or the agent's log succeeds. After ten minutes, rejects with
   * both.
   */
  async until(condition: string, log: string): Promise<void> {
    const watch = perl(WATCHER, quoted(condition), 600, log)
    await this.type('director', `${watch} || { ipvsadm -Sn; tail -n 20 ${log}; exit 1; }`)
  }

  async stop(): Promise<void> {
    await this.#machines.remove()
    await this.#guest.stop()
  }
}
