// Patterns of programs in the field, reimplemented as functions of the output.

/** ldirectord: the table by service, from `ipvsadm -L -n 2>&1`; three lines are dropped unseen. */
export function ldirectord(
  listing: string,
): Record<
  string,
  { scheduler: string; persistent?: string; netmask?: string; real: Record<string, string> }
> {
  const address = String.raw`\d+\.\d+\.\d+\.\d+:\d+|\[[0-9A-Fa-f:]+\]:\d+`
  const services: ReturnType<typeof ldirectord> = {}
  let current: string | undefined
  for (const line of listing.split('\n').slice(3)) {
    const service = new RegExp(
      `^(\\w+)\\s+(${address}|\\d+)( IPv6)?\\s+(\\w+)(?:\\s+persistent\\s+(\\d+)(?:\\s+mask\\s+(.*))?)?`,
    ).exec(line)
    const server = new RegExp(`^  ->\\s+(${address})\\s+(\\w+)\\s+(\\d+)`).exec(line)
    if (service) {
      const [, protocol, id, v6 = '', scheduler, persistent, netmask] = service
      current = `${id}${v6} ${protocol!.toLowerCase()}`
      services[current] = {
        scheduler: scheduler!,
        ...(persistent && { persistent }),
        ...(netmask && { netmask }),
        real: {},
      }
    } else if (server && current !== undefined) {
      services[current]!.real[server[1]!] = `${server[2]} ${server[3]}`
    }
  }
  return services
}

/** ldirectord again: thresholds by real server, from `ipvsadm -L -n --thresholds 2>&1`. */
export function ldirectordThresholds(listing: string): Record<string, string> {
  const rows = listing
    .split('\n')
    .slice(3)
    .map((line) => /^ {2}->\s+(\S+:\d+)\s+(\d+)\s+(\d+)\s+(\d+)/.exec(line))
  return Object.fromEntries(rows.flatMap((row) => (row ? [[row[1]!, `${row[2]} ${row[3]}`]] : [])))
}

/** Salt's lvs module: a service or a server is there if the words that made it are found in `ipvsadm -S -n`. */
export function salt(rules: string, words: string): boolean {
  return rules.includes(` ${words} `)
}

/** Octavia: the counters of UDP services by name, from `ipvsadm -Ln --stats --exact`: words and titles are zipped. */
export function octavia(
  listing: string,
): Record<string, { listener: Record<string, string>; members: Record<string, string>[] }> {
  const words = (line: string) => line.trim().split(/\s+/)
  const zip = (names: string[], values: string[]) =>
    Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']))
  const result: ReturnType<typeof octavia> = {}
  let titles: string[] = []
  let memberTitles: string[] = []
  let current: string | undefined
  for (const line of listing.split('\n')) {
    if (line.includes('Prot')) titles = words(line)
    else if (line.includes('RemoteAddress'))
      memberTitles = [...words(line).slice(1), ...titles.slice(titles.indexOf('LocalAddress:Port') + 1)]
    else if (line.includes('UDP')) {
      current = words(line).find((word) => word.includes(':'))!
      result[current] = { listener: zip(titles, words(line)), members: [] }
    } else if (line.includes('->') && current !== undefined)
      result[current]!.members.push(zip(memberTitles, words(line).slice(1)))
  }
  return result
}

/** Zabbix items: `ipvsadm -Ln | grep SERVER | awk '{print $5}'`, and the sum of a column. */
export const awkColumn = (listing: string, match: string, column: number) =>
  listing
    .split('\n')
    .filter((line) => line.includes(match))
    .map((line) => line.trim().split(/\s+/)[column - 1] ?? '')

/** Nagios plugins: real servers of one service, the rows until the next that has no arrow. */
export function nagiosServers(listing: string, service: string): number {
  const lines = listing.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`TCP  ${service} `))
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('  -> '))
  return start < 0 ? -1 : end - start - 1
}

/** PyBal pipes `-D` that may fail, `-A` and `-a` lines into `ipvsadm -R`, and looks at the status only. */
export const pybal = (service: string, servers: readonly string[]) =>
  [
    `-D -t ${service}`,
    `-A -t ${service} -s wrr`,
    ...servers.map((server) => `-a -t ${service} -r ${server} -i -w 10`),
    '',
  ].join('\n')

/** Ravel: the lines of `ipvsadm -Sn`, exactly seven words of a service and ten of a server. */
export function ravel(rules: string): { services: string[]; servers: string[] } {
  const lines = rules
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
  return {
    services: lines
      .filter((words) => words[0] === '-A')
      .map((words) => `${words[2]} ${words[4]} ${words[6] ?? ''} ${words.length}`),
    servers: lines
      .filter((words) => words[0] === '-a')
      .map((words) => `${words[2]} ${words[4]} ${words[5]} ${words[7]} ${words.length}`),
  }
}

/** Scripts on the connection table: `ipvsadm -Lnc | awk '{print $4}' | sort | uniq -c`; here the columns' names. */
export const connectionTitles = (listing: string) => (listing.split('\n')[1] ?? '').split(/\s+/)

/** Start scripts: which version, from the first line of `ipvsadm -v` or `-h`. */
export const version = (text: string) =>
  /^ipvsadm v(\d+\.\d+) \d+\/\d+\/\d+ \(compiled with popt and IPVS v([\d.]+)\)$/m.exec(text)?.slice(1)
