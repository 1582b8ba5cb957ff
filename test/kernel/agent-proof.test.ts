// Requests while servers die in turn and come back: under the agent, under Debian's keepalived and under its ldirectord, with
// the same settings, in one run. The figures are printed; docs/agent.md shows those of one run. The comparison takes minutes and
// an idle machine: in a long run only; otherwise the agent alone, for a moment.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { AgentLab, perl } from './agent-lab.ts'

const IS_LONG = process.env.IPVSADM_LONG !== undefined

/** Requests at least, one every `PACE` milliseconds. */
const REQUESTS = IS_LONG ? 2000 : 300
const PACE = 12
/** Each server dies so often. */
const ROUNDS = IS_LONG ? 3 : 1

/** Settings of all three, in milliseconds. */
const INTERVAL = 1000
const TIMEOUT = 900
const FALL = 2
/** From the last failure to the table, with the time that a server takes to notice that it is to die. */
const REACTION = 300
/** Allowance for a busy machine. */
const SLACK = 60_000

/** Kills each server and revives it; prints a line "down MS" and a line "up MS" for the table's changes. */
const KILLER = `use Time::HiRes qw(time sleep); $| = 1;
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
  until_weight($_, 1) for sort keys %address;
  for (1 .. $ARGV[0]) {
      for my $name (sort keys %address) {
          mode($name, "dead"); print "down ", until_weight($name, 0), "\\n"; sleep 0.5;
          mode($name, "ok"); print "up ", until_weight($name, 1), "\\n"; sleep 0.5;
      }
  }
  open my $file, ">", "/run/balancer/enough";`

/** Sends requests at a pace until there were ARGV[0] and the killer has ended; prints how many there were, and failed. */
const CLIENT = `use IO::Socket::INET; use Time::HiRes qw(time sleep); $SIG{PIPE} = "IGNORE";
  my ($requests, $failed, $start) = (0, 0, time);
  until ($requests >= $ARGV[0] && -e "/run/balancer/enough") {
      my $wait = $start + $requests++ * $ARGV[1] / 1000 - time; sleep $wait if $wait > 0;
      my $server = IO::Socket::INET->new(PeerAddr => "192.0.2.80:80", Timeout => 2);
      my $line = "";
      if ($server) { print $server "GET / HTTP/1.0\\r\\n\\r\\n"; $line = <$server> // "" }
      $failed++ if $line !~ / 200 /;
  }
  print "$requests $failed\\n";`

interface Contender {
  readonly name: string
  readonly files: Readonly<Record<string, readonly string[]>>
  /** Runs in the foreground until a signal ends it. */
  readonly command: string
}

const FOLDER = '/run/balancer'
const CONTENDERS: readonly Contender[] = [
  {
    name: 'ipvsadm agent',
    files: {
      rules: [
        '-A -t 192.0.2.80:80 -s rr',
        '-a -t 192.0.2.80:80 -r 198.51.100.11:8081 -m -w 10',
        '-a -t 192.0.2.80:80 -r 198.51.100.12:8081 -m -w 10',
      ],
      'agent.yaml': [
        `rules: ${FOLDER}/rules`,
        `socket: ${FOLDER}/socket`,
        `interval: ${INTERVAL}ms`,
        'check:',
        '  kind: http',
        `  interval: ${INTERVAL}ms`,
        `  timeout: ${TIMEOUT}ms`,
        '  rise: 1',
        `  fall: ${FALL}`,
        '  jitter: 0',
      ],
    },
    command: `ipvsadm-agent run --config ${FOLDER}/agent.yaml`,
  },
  {
    name: 'keepalived',
    files: {
      'keepalived.conf': [
        'virtual_server 192.0.2.80 80 {',
        '  delay_loop 1',
        '  lb_algo rr',
        '  lb_kind NAT',
        '  protocol TCP',
        ...['11', '12'].flatMap((host) => [
          `  real_server 198.51.100.${host} 8081 {`,
          '    weight 10',
          '    inhibit_on_failure',
          '    HTTP_GET {',
          '      url {',
          '        path /',
          '        status_code 200',
          '      }',
          '      connect_timeout 1',
          `      retry ${FALL - 1}`,
          '      delay_before_retry 1',
          '      warmup 0',
          '    }',
          '  }',
        ]),
        '}',
      ],
    },
    command: `/usr/sbin/keepalived --check --dont-fork --log-console -p ${FOLDER}/pid1 -c ${FOLDER}/pid2 -f ${FOLDER}/keepalived.conf`,
  },
  {
    name: 'ldirectord',
    files: {
      'ldirectord.cf': [
        'checktimeout=1',
        'negotiatetimeout=1',
        'checkinterval=1',
        `failurecount=${FALL}`,
        'quiescent=yes',
        'supervised=yes',
        `logfile="${FOLDER}/ldirectord.log"`,
        'virtual=192.0.2.80:80',
        '\treal=198.51.100.11:8081 masq 10',
        '\treal=198.51.100.12:8081 masq 10',
        '\tservice=http',
        '\tscheduler=rr',
        '\tprotocol=tcp',
        '\tchecktype=negotiate',
        '\trequest="/"',
        '\treceive="web"',
      ],
    },
    command: `/usr/sbin/ldirectord ${FOLDER}/ldirectord.cf start`,
  },
]

interface Figures {
  readonly name: string
  readonly requests: number
  readonly failed: number
  /** Milliseconds to the table's change, sorted. */
  readonly down: readonly number[]
  readonly up: readonly number[]
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
  const client = `exec ${perl(CLIENT, REQUESTS, PACE)} >${FOLDER}/counts`
  await lab.type('client', `(${client}) </dev/null 2>/dev/null & echo $! >${FOLDER}/client`)
  const changes = await lab.type('director', perl(KILLER, ROUNDS))
  await lab.type('client', `while kill -0 $(cat ${FOLDER}/client) 2>/dev/null; do sleep 0.1; done`)
  const counts = await lab.type('client', `cat ${FOLDER}/counts`)
  await lab.type(
    'director',
    `pid=$(cat ${FOLDER}/pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done; ipvsadm -C`,
  )
  const times = (word: string) =>
    [...changes.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))]
      .map((match) => Number(match[1]))
      .sort((a, b) => a - b)
  const [requests = 0, failed = 0] = counts.split(' ').map(Number)
  return { name, requests, failed, down: times('down'), up: times('up') }
}

const seconds = (milliseconds = 0) => `${(milliseconds / 1000).toFixed(1)} s`
const spread = (times: readonly number[]) =>
  `${seconds(times[Math.floor(times.length / 2)])} (${seconds(times.at(-1))})`

it('fails few requests and changes the table in time, in a long run beside keepalived and ldirectord', async () => {
  const figures: Figures[] = []
  for (const contender of CONTENDERS.slice(0, IS_LONG ? CONTENDERS.length : 1))
    figures.push(await measure(contender))
  const rows = figures.map(
    ({ name, requests, failed, down, up }) =>
      `| ${name} | ${failed} of ${requests} | ${spread(down)} | ${spread(up)} |\n`,
  )
  process.stderr.write(
    `| | failed requests | death to table: median (longest) | recovery to table |\n${rows.join('')}`,
  )
  const [ours, ...others] = figures
  expect(ours?.requests).toBeGreaterThanOrEqual(REQUESTS)
  expect(ours?.down.length).toBe(2 * ROUNDS)
  expect(ours?.down.at(-1)).toBeLessThan(FALL * INTERVAL + TIMEOUT + REACTION + SLACK)
  expect(ours?.up.at(-1)).toBeLessThan(INTERVAL + TIMEOUT + REACTION + SLACK)
  // Without failures the servers would not have died under requests.
  for (const { failed } of figures) expect(failed).toBeGreaterThan(0)
  for (const { failed } of others) expect(ours?.failed).toBeLessThan(2 * failed + 50)
})
