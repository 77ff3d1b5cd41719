import { packForTests } from './pack-for-tests.mjs';

/** Before the browser tests: packs and installs the package once for all of them, in whichever worker they run. */
export default async function setUp() {
  process.env['REATTACH_PACKAGE'] = await packForTests();
}
