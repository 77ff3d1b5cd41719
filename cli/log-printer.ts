import { agentEntries } from '../shared/agent-entries.ts';
import type { EventOf, SessionEvent } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import { formOf, type PromptForm } from '../shared/prompt-form.ts';
import { answerLine, questionOf } from './prompt-lines.ts';
import type { LineWriter } from './line-writer.ts';
import { printable, type Style } from './style.ts';
import { lineOfJson, textOfJson } from './text-of-json.ts';

export interface LogPrinterOptions {
  readonly out: LineWriter;
  readonly style: Style;
  /** Whether a prompt is told of when it opens; else with its answer. */
  readonly tellsPrompts: boolean;
}

const INDENT = '  ';

/**
 * Prints a session's log for people, event by event: texts as they stream, and a line for everything
 * else. Where several nodes are at work, whose turn it is stands above what they say.
 */
export class LogPrinter {
  readonly #options: LogPrinterOptions;
  readonly #titles = new Map<string, string>();
  readonly #prompts = new Map<string, PromptForm>();
  /** Prompts whose answers are on the screen already. */
  readonly #own = new Set<string>();
  #section: string | null = null;

  constructor(options: LogPrinterOptions) {
    this.#options = options;
  }

  /** What a node is called. */
  titleOf(nodeId: string): string {
    return printable(this.#titles.get(nodeId) ?? nodeId);
  }

  /** A line of our own, in between. */
  say(text: string): void {
    this.#line(this.#options.style.dim(text));
  }

  /** Of a prompt that was answered here: the answer need not be told again. */
  answeredHere(interactionId: string): void {
    this.#own.add(interactionId);
  }

  /** Forgets what was printed: the log follows from its start. */
  reset(): void {
    this.#titles.clear();
    this.#prompts.clear();
    this.#section = null;
  }

  print(event: SessionEvent): void {
    const { style } = this.#options;
    switch (event.type) {
      case 'graphStart':
        for (const { id, title } of event.graph.nodes) this.#titles.set(id, title ?? id);
        this.#line(style.bold(printable(event.graph.title ?? event.graphId)));
        return;
      case 'nodeStart':
        if (event.title !== undefined) this.#titles.set(event.nodeId, event.title);
        this.#enter(event.nodeId);
        return;
      case 'nodeEnd': {
        const isSilent = Object.keys(event.outputs).length === 0;
        this.#inNode(
          event,
          `${style.good('✓')} ${isSilent ? '' : style.dim(outputLine(event.outputs))}`,
        );
        this.#section = null;
        return;
      }
      case 'nodeError':
        this.#inNode(event, style.bad(`✗ ${printable(event.error)}`));
        this.#section = null;
        return;
      case 'nodeSkipped':
        this.#line(
          style.dim(`${this.titleOf(event.nodeId)} was skipped: ${printable(event.reason)}`),
        );
        return;
      case 'stepStart': {
        const again =
          event.attempt > 1 ? `, attempt ${event.attempt}, in place of the one before` : '';
        this.#inNode(event, style.dim(`· ${printable(event.step)}${again}`));
        return;
      }
      case 'stepEnd':
        this.#inNode(event, `${style.good('✓')} ${style.dim(printable(event.step))}`);
        return;
      case 'stepError': {
        const failed = `✗ ${printable(event.step)}, attempt ${event.attempt}: ${printable(event.error)}`;
        this.#inNode(event, style.bad(event.final ? failed : `${failed} (it is tried again)`));
        return;
      }
      case 'sleepStart':
        this.#inNode(event, style.dim(`· sleeps until ${timeOf(event.until)}`));
        return;
      case 'sleepEnd':
      case 'memory':
        return;
      case 'agentEvent':
        this.#printEntries(event);
        return;
      case 'thoughtEvent':
        this.#inNode(event, style.dim(`∴ ${indented(printable(event.text))}`));
        return;
      case 'inputRequired': {
        const form = formOf(event.suspendEvent);
        this.#prompts.set(event.interactionId, form);
        if (this.#options.tellsPrompts) this.#inNode(event, style.ask(`? ${questionOf(form)}`));
        return;
      }
      case 'inputResolved': {
        const form = this.#closed(event.interactionId);
        if (form === undefined || this.#own.has(event.interactionId)) return;
        if (!this.#options.tellsPrompts) this.#inNode(event, style.ask(`? ${questionOf(form)}`));
        this.#inNode(event, `› ${answerLine(form, event.response)}`);
        return;
      }
      case 'inputWithdrawn': {
        const form = this.#closed(event.interactionId);
        const asked = form === undefined ? 'a question' : questionOf(form);
        this.#inNode(event, style.dim(`? ${asked} (withdrawn: ${printable(event.reason)})`));
        return;
      }
      case 'graphComplete':
        this.#line(style.good(style.bold('Completed.')));
        for (const [nodeId, outputs] of Object.entries(event.outputs)) {
          const text = textOfJson(outputs);
          if (text.trim() === '') continue;
          this.#line(style.bold(this.titleOf(nodeId)));
          this.#line(text.trimEnd());
        }
        return;
      case 'graphError':
        this.#line(style.bad(style.bold(`Failed. ${printable(event.error)}`)));
        return;
      case 'graphCancelled':
        this.#line(style.bold('Cancelled.'));
        return;
      case 'contactLost':
        this.#line(style.bad('Lost contact with the program that writes this session.'));
        return;
      case 'contactRegained':
        this.#line(style.good('The program that writes this session is back.'));
        return;
    }
  }

  #closed(interactionId: string): PromptForm | undefined {
    const form = this.#prompts.get(interactionId);
    this.#prompts.delete(interactionId);
    return form;
  }

  #printEntries(event: EventOf<'agentEvent'>): void {
    const { style } = this.#options;
    for (const entry of agentEntries(event)) {
      if (entry.kind === 'text') this.#stream(event.nodeId, printable(entry.text));
      else if (entry.kind === 'thought') {
        this.#inNode(event, style.dim(`∴ ${indented(printable(entry.text))}`));
      } else {
        this.#inNode(event, style.dim(`${printable(entry.name)} ${lineOfJson(entry.value)}`));
      }
    }
  }

  /** A text that goes on where the one before ended. */
  #stream(nodeId: string, text: string): void {
    if (text === '') return;
    this.#enter(nodeId);
    const { out } = this.#options;
    out.write(out.midLine ? indented(text) : INDENT + indented(text));
  }

  #inNode({ nodeId }: { nodeId: string }, text: string): void {
    this.#enter(nodeId);
    this.#line(INDENT + text);
  }

  #enter(nodeId: string): void {
    if (this.#section === nodeId) return;
    this.#line(this.#options.style.bold(this.titleOf(nodeId)));
    this.#section = nodeId;
  }

  #line(text: string): void {
    this.#options.out.line(text);
  }
}

function outputLine(outputs: JsonObject): string {
  const { output, ...more } = outputs;
  return lineOfJson(output !== undefined && Object.keys(more).length === 0 ? output : outputs);
}

const indented = (text: string) => text.replaceAll('\n', `\n${INDENT}`);

/** In the zone of whoever reads it. */
function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString('sv');
}
