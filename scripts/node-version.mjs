// Read by any Node, also by one that is too old for the rest: nothing here but old syntax.

/** Ends the process with one line when this Node is older than Reattach needs. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    'Reattach needs Node.js 20.19 or newer; this is ' + process.versions.node + '.\n',
  );
  process.exit(1);
}
