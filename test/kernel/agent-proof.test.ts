// Requests while servers die in turn and come back: under the agent, under Debian's keepalived and under its ldirectord, with
// the same settings (agent-contenders.ts), in one run. A server dies in three ways: its port is closed, it answers 500, or it
// takes requests and is silent. The figures are printed; docs/agent.md shows those of one run. The comparison takes
// minutes: in a long run only; otherwise the agent alone, for a moment.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { CONTENDERS, type Contender, FOLDER } from './agent-contenders.ts'
import { AgentLab, perl } from './agent-lab.ts'

const IS_LONG = process.env.IPVSADM_LONG !== undefined
/** Of the order of the deaths, and of the pauses between them: the same for all programs. */
const SEED = Number(process.env.IPVSADM_SEED ?? Date.now() % 2 ** 31)

/** Requests at least, one every `PACE` milliseconds, each with so many to be answered. */
const REQUESTS = IS_LONG ? 2000 : 300
const PACE = 20
const PATIENCE = 1000
/** Each server dies so often in each way. */
const ROUNDS = IS_LONG ? 4 : 1
const WAYS = ['dead', '500', 'hang'] as const
const DEATHS = IS_LONG
  ? ['web1', 'web2'].flatMap((name) => WAYS.map((way) => `${name}:${way}`))
  : ['web1:dead', 'web2:hang']

/**
 * Kills each server and revives it; prints a line "WAY MS" and a line "up MS" for the table's changes. The pauses before
 * are half a second and up to two intervals more: deaths and recoveries fall anywhere between two checks.
 */
const KILLER = `use Time::HiRes qw(time sleep); use List::Util qw(shuffle); $| = 1;
  my ($seed, $rounds, @deaths) = @ARGV; srand $seed;
  my %address = (web1 => "C633640B", web2 => "C633640C");
  sub until_weight {
      my ($name, $wanted) = @_; my $start = time;
      while (1) {
          open my $table, "<", "/proc/net/ip_vs" or die;
          my ($weight) = map { /$address{$name}:1F91 +Masq +(\\d+)/ ? $1 : () } <$table>;
          return int(1000 * (time - $start)) if defined $weight && ($weight > 0) == $wanted;
          die "no change for $name" if time - $start > 60;
          sleep 0.01;
      }
  }
  sub mode { open my $file, ">", "/run/mode-$_[0]" or die; print $file "$_[1]\\n"; close $file }
  sub pause { sleep 0.5 + rand 2 }
  until_weight($_, 1) for sort keys %address;
  for (map { shuffle @deaths } 1 .. $rounds) {
      my ($name, $way) = split /:/;
      pause(); mode($name, $way); print "$way ", until_weight($name, 0), "\\n";
      pause(); mode($name, "ok"); print "up ", until_weight($name, 1), "\\n";
  }
  open my $file, ">", "${FOLDER}/enough";`

/** Sends requests at a pace, also while others wait, until there were enough and the killer has ended; prints how many there were, and failed. */
const CLIENT = `use IO::Socket::INET; use Time::HiRes qw(time); $SIG{PIPE} = "IGNORE";
  my ($enough, $pace, $patience) = ($ARGV[0], $ARGV[1] / 1000, $ARGV[2] / 1000);
  my ($requests, $failed, $next) = (0, 0, time); my %open;
  sub end { my ($number, $ok) = @_; $failed++ if !$ok; close delete($open{$number})->{socket} }
  while (%open || $requests < $enough || !-e "${FOLDER}/enough") {
      my $now = time;
      if ($now >= $next && !($requests >= $enough && -e "${FOLDER}/enough")) {
          $requests++; $next += $pace; $next = $now if $next < $now - 1;
          my $socket = IO::Socket::INET->new(PeerAddr => "192.0.2.80:80", Blocking => 0);
          if ($socket) { $open{fileno $socket} = {socket => $socket, until => $now + $patience} } else { $failed++ }
      }
      my ($in, $out) = ("", "");
      for (keys %open) { vec($open{$_}{asked} ? $in : $out, $_, 1) = 1 }
      my $wait = $next - time;
      select $in, $out, undef, $wait > 0 ? $wait : 0;
      $now = time;
      for my $number (keys %open) {
          my $one = $open{$number};
          if (vec $out, $number, 1) { $one->{asked} = 1; syswrite $one->{socket}, "GET / HTTP/1.0\\r\\n\\r\\n" or end($number, 0) }
          elsif (vec $in, $number, 1) { my $text = ""; sysread $one->{socket}, $text, 512; end($number, $text =~ m{^HTTP/1.. 200 }) }
          elsif ($now > $one->{until}) { end($number, 0) }
      }
  }
  print "$requests $failed\\n";`

interface Figures {
  readonly name: string
  readonly requests: number
  readonly failed: number
  /** Milliseconds to the table's change, sorted: by the way of the death, and `up`. */
  readonly times: Readonly<Record<string, readonly number[]>>
}

let lab: AgentLab

beforeAll(async () => {
  lab = await AgentLab.start()
})
afterAll(async () => {
  await lab?.stop()
})

async function measure({ name, files, command }: Contender): Promise<Figures> {
  for (const [file, lines] of Object.entries(files)) {
    await lab.type('director', `cat >${FOLDER}/${file} <<'END'\n${lines.join('\n')}\nEND`)
  }
  const path = name === 'ipvsadm agent' ? '' : 'PATH=/usr/sbin:/usr/bin:/sbin:/bin '
  await lab.type(
    'director',
    `rm -f ${FOLDER}/enough; ${path}${command} >${FOLDER}/log 2>&1 </dev/null & echo $! >${FOLDER}/pid`,
  )
  // The guest runs one command at a time, so the client goes to the background.
  const full = `until [ $(grep -c 'Masq *10 ' /proc/net/ip_vs) = 2 ]; do sleep 0.02; done`
  await lab.type('director', full)
  const client = `exec ${perl(CLIENT, REQUESTS, PACE, PATIENCE)} >${FOLDER}/counts`
  await lab.type('client', `(${client}) </dev/null 2>${FOLDER}/errors & echo $! >${FOLDER}/client`)
  const changes = await lab.type('director', perl(KILLER, SEED, ROUNDS, ...DEATHS))
  await lab.type('client', `while kill -0 $(cat ${FOLDER}/client) 2>/dev/null; do sleep 0.1; done`)
  const counts = await lab.type('client', `cat ${FOLDER}/errors ${FOLDER}/counts`)
  await lab.type(
    'director',
    `pid=$(cat ${FOLDER}/pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done; ipvsadm -C`,
  )
  const lines = changes.split('\n').map((line) => line.split(' '))
  const timesOf = (word: string) => lines.filter(([first]) => first === word).map(([, time]) => Number(time))
  const times = Object.fromEntries([...WAYS, 'up'].map((word) => [word, timesOf(word).sort((a, b) => a - b)]))
  const [requests = 0, failed = 0] = counts.split(' ').map(Number)
  return { name, requests, failed, times }
}

/** Milliseconds from each verdict in the agent's log to the table's change, once that was filled; sorted. */
async function reactions(): Promise<number[]> {
  const found: number[] = []
  let verdict: number | undefined
  let filled = false
  for (const line of (await lab.type('director', `cat ${FOLDER}/log`)).split('\n')) {
    const [, time = '', event] = /^time=(\S+) .*?event=(\S+)/.exec(line) ?? []
    if (filled && (event === 'server-up' || event === 'server-down')) verdict ??= Date.parse(time)
    if (event !== 'table-changed') continue
    filled = true
    if (verdict !== undefined) found.push(Date.parse(time) - verdict)
    verdict = undefined
  }
  return found.sort((a, b) => a - b)
}

const seconds = (milliseconds = 0) => `${(milliseconds / 1000).toFixed(1)} s`
const median = (times: readonly number[] = []) => times[Math.floor(times.length / 2)]
const spread = (times: readonly number[] = []) => `${seconds(median(times))} (${seconds(times.at(-1))})`

it('fails few requests and changes the table in time, in a long run beside keepalived and ldirectord', async () => {
  const figures: Figures[] = []
  let own: number[] = []
  for (const contender of CONTENDERS.slice(0, IS_LONG ? CONTENDERS.length : 1)) {
    figures.push(await measure(contender))
    if (own.length === 0) own = await reactions()
  }
  const deaths = ROUNDS * DEATHS.length
  const ways = [...WAYS, 'up'].filter((word) => (figures[0]?.times[word] ?? []).length > 0)
  const rows = figures.map(
    ({ name, requests, failed, times }) =>
      `| ${name} | ${failed} of ${requests} | ${Math.round(failed / deaths)} | ${ways.map((way) => spread(times[way])).join(' | ')} |\n`,
  )
  process.stderr.write(
    `seed ${SEED}, deaths: ${deaths}\n| | failed requests | of a death | ${ways.join(' | ')} |\n${rows.join('')}` +
      `ipvsadm agent: from verdict to table ${median(own)} ms, at most ${own.at(-1)} ms\n`,
  )
  const [ours, ...others] = figures
  expect(ours?.requests).toBeGreaterThanOrEqual(REQUESTS)
  expect(Object.values(ours?.times ?? {}).flat().length).toBe(2 * deaths)
  // Each death and each recovery is one verdict, and one change.
  expect(own.length).toBe(2 * deaths)
  // Without failures the servers would not have died under requests.
  for (const { failed } of figures) expect(failed).toBeGreaterThan(0)
  for (const { failed } of others) expect(ours?.failed).toBeLessThan(2 * failed + 50)
})
