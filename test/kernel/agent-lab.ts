// The NAT balancer of docs/nat.md in the test kernel, with web servers on port 8081 that tests can stop, hang and revive.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Guest } from '../support/guest.ts'
import { installResident, Machines } from '../support/machines.ts'
import { readMachines } from '../support/walkthrough.ts'

/**
 * A web server whose behaviour is the word in a file: `ok`, `500`, `hang`, `drip` (a byte a second), or `dead` (the port
 * is closed). */
const SERVER = `use IO::Socket::INET; my ($name) = @ARGV; $SIG{PIPE} = "IGNORE"; my $dripped = 0;
  sub mode { open my $file, "<", "/run/mode-$name" or return ""; my $word = <$file>; chomp $word; $word }
  exit if fork; open STDOUT, ">/dev/null"; open STDERR, ">/dev/null"; open STDIN, "</dev/null";
  while (1) {
      select undef, undef, undef, 0.02 while mode() eq "dead";
      my $server = IO::Socket::INET->new(LocalPort => 8081, Listen => 50, ReuseAddr => 1) or next;
      while (mode() ne "dead") {
          if (mode() eq "drip" && time != $dripped) { $dripped = time; syswrite $_, "H" for @held }
          my $in = ""; vec($in, fileno $server, 1) = 1;
          next unless select $in, undef, undef, 0.02;
          my $client = $server->accept or next;
          if (mode() eq "hang" || mode() eq "drip") { push @held, $client; next }
          while (my $line = <$client>) { last if $line !~ /\\S/ }
          print $client (mode() eq "500" ? "HTTP/1.0 500 Down" : "HTTP/1.0 200 OK"), "\\r\\n\\r\\n$name\\n";
          close $client;
      }
      close $server; @held = ();
  }`

/** A shell command that runs a Perl program. */
export const perl = (program: string, ...words: readonly (string | number)[]) =>
  `perl -e '${program.replaceAll("'", "'\\''")}' ${words.join(' ')}`

export class AgentLab {
  readonly #guest: Guest
  readonly #machines: Machines

  private constructor(guest: Guest, machines: Machines) {
    this.#guest = guest
    this.#machines = machines
  }

  static async start(): Promise<AgentLab> {
    const guest = await Guest.start()
    await installResident(guest)
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

  async stop(): Promise<void> {
    await this.#machines.remove()
    await this.#guest.stop()
  }
}
