// The command that loads ip_vs. It gets nothing of the process's environment, which could tell modprobe what to load.
export const MODPROBE = {
  path: '/sbin/modprobe',
  words: ['--', 'ip_vs'],
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
} as const
