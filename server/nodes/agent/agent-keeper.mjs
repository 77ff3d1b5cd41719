/**
 * Stands between the server and a program that it runs, as the head of a process group of its own.
 * When the channel to the server closes, because the server lets go of it or is dead by whatever
 * means, the whole group ends: SIGTERM first, SIGKILL when that was not obeyed. A program that only
 * watched its own standard input might not notice.
 *
 * `node agent-keeper.mjs GRACE_MS IN_SHELL COMMAND [ARGUMENT…]`; says `{code, signal}` or `{error}`
 * on its channel when the program has ended.
 */
import { spawn, spawnSync } from 'node:child_process';

const [graceMs = '0', inShell = '', command = '', ...args] = process.argv.slice(2);
const isWindows = process.platform === 'win32';

// Scripts of package managers, which most agents are started by, are no programs on Windows.
const child = spawn(command, args, {
  stdio: ['inherit', 'inherit', 'inherit'],
  shell: inShell === 'shell' || isWindows,
  windowsHide: true,
});

// For the group, of which this process is one.
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => {
  endGroup('SIGTERM');
  setTimeout(() => endGroup('SIGKILL'), Number(graceMs));
});
child.on('error', (error) => finish({ error: error.message }));
child.on('exit', (code, signal) => finish({ code, signal }));

/** @param {{code: number | null, signal: string | null} | {error: string}} ending */
function finish(ending) {
  // What the program left behind in its group goes with it.
  const end = () => endGroup('SIGKILL');
  if (process.connected) process.send?.(ending, end);
  else end();
}

/** @param {'SIGTERM' | 'SIGKILL'} signal */
function endGroup(signal) {
  if (isWindows) {
    spawnSync('taskkill', ['/PID', String(child.pid), '/T', '/F'], { windowsHide: true });
    process.exit();
  }
  process.kill(-process.pid, signal);
}
