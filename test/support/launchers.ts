// The ways to start the programs: on Node, and as the standalone binary. Every ring that runs programs runs both.

/** The folder of the three programs in a checkout, by what runs them. */
export const LAUNCHERS = { node: 'bin', standalone: 'dist/standalone' } as const

export type Launcher = keyof typeof LAUNCHERS

/** For `describe.each`. */
export const LAUNCHER_NAMES = Object.keys(LAUNCHERS) as readonly Launcher[]

/**
 * The launcher of a case among many of a kind in the test kernel: the executable, which starts ten times as fast there; Node
 * has every fourth.
 */
export const launcherOf = (index: number): Launcher => (index % 4 === 0 ? 'node' : 'standalone')
