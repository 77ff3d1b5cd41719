import { graphOf } from './graph-of.ts';
import { HostPage } from './host-page.ts';
import { expect, test } from './process-fixtures.ts';

const greet = graphOf(
  'Greet',
  {
    name: ['ask', { prompt: 'Your name?' }],
    greeting: ['template', { text: 'Good day, {{name}}.' }],
  },
  ['name -> greeting.name'],
);

test.use({ startServer: false, extraGraphs: { greet } });

test('the page works in a frame of an origin that is allowed, and of no other', async ({
  server,
  page,
  browser,
}) => {
  const host = await HostPage.serve(() => server.origin, {
    body: () =>
      `<iframe title="Runs" width="1000" height="700" src="${server.url('/?graph=greet')}"></iframe>`,
    script: () => '',
  });
  try {
    await server.start({ flags: ['--allow-frame', host.origin] });
    await page.goto(host.origin);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
    const form = frame.getByRole('form', { name: 'Prompt of name' });
    await form.getByRole('textbox').fill('Ada');
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(frame.getByRole('article', { name: 'Node greeting' })).toContainText(
      'Good day, Ada.',
    );

    await server.restart({ flags: ['--allow-frame', 'https://other.example'] });
    // In a page of its own: the browser complains of it, as it should.
    const other = await browser.newPage();
    const refused = other.waitForEvent('console', (message) =>
      message.text().includes('frame-ancestors'),
    );
    await other.goto(host.origin);
    await refused;
    await expect(other.frameLocator('iframe').getByRole('banner')).toHaveCount(0);
    await other.close();
  } finally {
    await host.close();
  }
});
