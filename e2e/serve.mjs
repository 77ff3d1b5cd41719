// The built server in a process of its own, as `npm start` runs it but without the build.
const built = new URL('../dist/server/main.js', import.meta.url);
const { main } = await import(built.href);
await main(process.argv.slice(2));
