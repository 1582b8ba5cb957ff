// The command that loads ip_vs, with an empty environment: variables could make modprobe load something else.
export const MODPROBE = {
  path: '/sbin/modprobe',
  words: ['--', 'ip_vs'],
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
} as const
