// The machine of an agent, for people who look for it: its name and its first address, for cloned machines have one name.
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

export function hostText(
  name: string = hostname(),
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> = networkInterfaces(),
): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
  const first = outer.find(({ family }) => family === 'IPv4') ?? outer[0]
  return first === undefined ? name : `${name} ${first.address}`
}
