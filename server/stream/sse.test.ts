import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventForm } from '../store/store.ts';
import {
  feedStreamFrames,
  feedWatchFrames,
  frame,
  KEEP_ALIVE,
  RETRY_HINT,
  streamFrames,
  watchFrames,
} from './sse.ts';

function parse(text: string): {
  events: EventSourceMessage[];
  comments: string[];
  retry: number[];
} {
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const retry: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onComment: (comment) => comments.push(comment),
    onRetry: (ms) => retry.push(ms),
  });
  parser.feed(text);
  return { events, comments, retry };
}

/** An event as the store writes it in a form. */
function inForm({ beforeIndex, beforeJson, afterJson }: EventForm, index: number, json: string) {
  return `${beforeIndex === null ? '' : `${beforeIndex}${index}`}${beforeJson}${json}${afterJson}`;
}

test('any event survives the frame, whatever its text holds', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (value, index) => {
      const json = JSON.stringify(value);
      const parsed = parse(inForm(streamFrames.event('s'), index, json));
      expect(parsed.events).toEqual([{ id: String(index), event: 'event', data: json }]);
    }),
  );
});

test('a name with line breaks cannot make a frame of its own', () => {
  const text = frame('a\n\nevent: done\r\ndata: {}\r\rb', '{"x":1}');
  expect(parse(text).events).toEqual([
    { id: undefined, event: 'aevent: donedata: {}b', data: '{"x":1}' },
  ]);
});

test('the frames of a session on a stream of its own are those of the protocol', () => {
  const { control, event } = streamFrames;
  expect(
    control('s', 'start', { sessionId: 's', storeId: 'd', status: 'running', lastIndex: 4 }),
  ).toBe(
    'event: start\ndata: {"sessionId":"s","storeId":"d","status":"running","lastIndex":4}\n\n',
  );
  expect(inForm(event('s'), 7, '{"type":"nodeStart"}')).toBe(
    'id: 7\nevent: event\ndata: {"type":"nodeStart"}\n\n',
  );
  expect(control('s', 'replayComplete', { index: 4 })).toBe(
    'event: event\ndata: {"type":"replayComplete","index":4}\n\n',
  );
  expect(control('s', 'reset', { reason: 'r', lastIndex: 4 })).toBe(
    'event: reset\ndata: {"reason":"r","lastIndex":4}\n\n',
  );
  expect(control('s', 'done', { status: 'failed', lastIndex: 4 })).toBe(
    'event: done\ndata: {"status":"failed","lastIndex":4}\n\n',
  );
  expect(control('s', 'deleted', { sessionId: 's' })).toBe(
    'event: deleted\ndata: {"sessionId":"s"}\n\n',
  );
});

test('a watched session names every frame by its id, and types what is no event', () => {
  const { control, event } = watchFrames;
  expect(inForm(event('s\n'), 7, '{"type":"nodeStart"}')).toBe(
    'event: s\ndata: {"type":"nodeStart"}\n\n',
  );
  expect(control('s', 'replayComplete', { index: 4 })).toBe(
    'event: s\ndata: {"type":"replayComplete","index":4}\n\n',
  );
  expect(control('s', 'done', { status: 'failed', lastIndex: 4 })).toBe(
    'event: s\ndata: {"type":"done","status":"failed","lastIndex":4}\n\n',
  );
});

test("the feed's entries and its marker carry their revision as id, and its reset has none", () => {
  const tombstone = { sessionId: 's', status: 'deleted', createdAt: 1, revision: 9 } as const;
  const entry = '{"sessionId":"s","status":"deleted","createdAt":1,"revision":9}';
  expect(feedStreamFrames.entry(tombstone)).toBe(`id: 9\nevent: sessionStatus\ndata: ${entry}\n\n`);
  expect(feedStreamFrames.snapshotComplete({ revision: 9, storeId: 'd' })).toBe(
    'id: 9\nevent: snapshotComplete\ndata: {"revision":9,"storeId":"d"}\n\n',
  );
  expect(feedStreamFrames.reset({ reason: 'r', revision: 9 })).toBe(
    'event: reset\ndata: {"reason":"r","revision":9}\n\n',
  );
  expect(feedWatchFrames.entry(tombstone)).toBe(`event: sessionStatus\ndata: ${entry}\n\n`);
});

test('a keep-alive is a comment, and the hint is a number of milliseconds', () => {
  expect(parse(KEEP_ALIVE)).toEqual({ events: [], comments: ['keep-alive'], retry: [] });
  expect(parse(RETRY_HINT)).toEqual({ events: [], comments: [], retry: [1000] });
});
