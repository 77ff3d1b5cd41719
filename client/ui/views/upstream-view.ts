import { html, nothing, type TemplateResult } from 'lit';
import { isObject, type Json } from '../../../shared/json.ts';

/** What is told of the session that an agent has of its own, as an item of a list. */
export function upstreamView(value: Json): TemplateResult {
  const { how, sessionId, agent, version, command, host, cwd, reason } = textsOf(value);
  const at =
    isObject(value) && typeof value['at'] === 'number' ? new Date(value['at'] * 1000) : null;
  const runtime = [command, ...(host === '' ? [] : [`on ${host}`])].join(' ');
  return html`<li class="agent upstream">
    <div class="line">
      <span class="tag">agent session</span>
      <span>
        <b>${words[how] ?? how}</b> <code>${sessionId}</code> of
        <b dir="auto">${agent}</b
        >${reason === '' ? nothing : html`: <span dir="auto">${reason}</span>`}
        <span class="quiet-text" dir="auto"
          >${
            at === null
              ? nothing
              : html`<time datetime=${at.toISOString()}>${at.toLocaleString()}</time> `
          }(${[version, runtime, cwd === '' ? '' : `in ${cwd}`].filter(Boolean).join(', ')})</span
        >
      </span>
    </div>
  </li>`;
}

const words: Partial<Record<string, string>> = {
  fresh: 'Began',
  continued: 'Continued',
  cleared: 'Gave up',
};

const members = [
  'how',
  'sessionId',
  'agent',
  'version',
  'command',
  'host',
  'cwd',
  'reason',
] as const;

function textsOf(value: Json): Record<(typeof members)[number], string> {
  const given = isObject(value) ? value : {};
  const texts = members.map((name) => {
    const text = given[name];
    return [name, typeof text === 'string' ? text : ''];
  });
  return Object.fromEntries(texts) as Record<(typeof members)[number], string>;
}
