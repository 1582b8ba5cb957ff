// The three programs that agent-proof.test.ts compares, with equal settings: a page is asked for every second, a second later
// it has failed, two failures in a row take a server out (weight 0), one success brings it back.

/** The director's folder for files, logs and figures. */
export const FOLDER = '/run/balancer'

/** Settings of all three, in milliseconds. keepalived and ldirectord take whole seconds. */
const INTERVAL = 1000
const FALL = 2

export interface Contender {
  readonly name: string
  readonly files: Readonly<Record<string, readonly string[]>>
  /** Runs in the foreground until a signal ends it. */
  readonly command: string
}

export const CONTENDERS: readonly Contender[] = [
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
        // It must be shorter than the interval.
        '  timeout: 999ms',
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
