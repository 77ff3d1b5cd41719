import { z } from 'zod';
import * as api from '../../shared/api.ts';
import * as chat from '../../shared/chat.ts';
import { sessionEvent } from '../../shared/event.ts';
import { EXPORT_TYPE, exportHeader } from '../../shared/export.ts';
import { graphDescriptor } from '../../shared/graph.ts';
import * as prompts from '../../shared/prompt.ts';
import { producedEvent } from '../../shared/produced-event.ts';
import { feedEntry, sessionStatusReport, sessionSummary, turn } from '../../shared/session.ts';
import { errorStatuses } from '../errors.ts';
import { version } from '../package-info.ts';
import { operations, type Operation } from './operations.ts';
import { repeatable } from './parameters.ts';

type JsonSchema = Record<string, unknown>;

/** The schemas that have a name of their own in the document. */
const named: Readonly<Record<string, z.core.$ZodType>> = {
  ChatAnswer: chat.chatAnswer,
  ChatError: chat.chatError,
  ChatEvent: chat.chatEvent,
  ChatMetadata: chat.chatMetadata,
  ChatOutputs: chat.chatOutputs,
  ChatPrompt: chat.chatPrompt,
  ChatToolOutput: chat.chatToolOutput,
  ErrorResponse: api.errorResponse,
  ExportHeader: exportHeader,
  FeedEntry: feedEntry,
  GraphDescriptor: graphDescriptor,
  GraphListing: api.graphListing,
  LlmContent: prompts.llmContent,
  InputNodePrompt: prompts.inputNodePrompt,
  WaitForInputPrompt: prompts.waitForInputPrompt,
  WaitForChoicePrompt: prompts.waitForChoicePrompt,
  QueryConsentPrompt: prompts.queryConsentPrompt,
  ProducedEvent: producedEvent,
  ReplayComplete: api.replayComplete,
  SessionEvent: sessionEvent,
  SessionStatusReport: sessionStatusReport,
  SessionSummary: sessionSummary,
  SnapshotComplete: api.snapshotComplete,
  StreamDone: api.streamDone,
  StreamReset: api.streamReset,
  StreamStart: api.streamStart,
  Turn: turn,
};

const errorContent = {
  'application/json': { schema: { $ref: '#/components/schemas/ErrorResponse' } },
};

/**
 * The OpenAPI 3.1 document of the whole interface, made of the schemas that requests are held to. Its
 * paths are below `basePath`, which is empty for the root.
 */
export function createOpenApi(basePath: string) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
  });
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, operation] of Object.entries<Operation>(operations)) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] ?? {}, {
      [operation.method.toLowerCase()]: describe(operationId, operation),
    });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reattach',
      version,
      description: 'Durable sessions of graph and agent runs. PROTOCOL.md is the wire in words.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]),
      ),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
  };
}

function describe(operationId: string, operation: Operation) {
  const { path, summary, query, headers } = operation;
  return {
    operationId,
    summary,
    parameters: [
      ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...Object.entries(query?.shape ?? {}).map(([name, schema]) => queryParameter(name, schema)),
      ...Object.entries(headers ?? {}).map(([name, description]) => ({
        name,
        in: 'header',
        description,
        schema: { type: 'string' },
      })),
    ],
    ...requestBodyOf(operation),
    responses: responsesOf(operation),
  };
}

function requestBodyOf({ body, lines }: Operation) {
  if (lines !== undefined) {
    const content = { [EXPORT_TYPE]: { schema: { type: 'string' } } };
    return { requestBody: { required: true, description: lines, content } };
  }
  if (body === undefined) return {};
  const content = { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: true, content } };
}

function queryParameter(name: string, schema: z.core.$ZodType) {
  const parsed = schemaOf(schema, 'output');
  const isRepeatable = repeatable.has(name);
  return {
    name,
    in: 'query',
    description: parsed['description'],
    ...(isRepeatable ? { style: 'form', explode: true } : {}),
    schema: {
      // Items that are sent as one text are told as the text; numbers as the numbers that they are.
      ...(isRepeatable
        ? { type: 'array', items: { type: 'string' } }
        : parsed.type === 'array'
          ? { type: 'string' }
          : parsed),
      description: undefined,
    },
  };
}

function responsesOf({ json, stream, ndjson, others, errors }: Operation) {
  const answers: Record<string, unknown> = {
    200: {
      description: stream ?? ndjson ?? 'Done.',
      content: {
        ...(json === undefined ? {} : { 'application/json': { schema: schemaOf(json, 'output') } }),
        ...(stream === undefined ? {} : { 'text/event-stream': { schema: { type: 'string' } } }),
        ...(ndjson === undefined ? {} : { [EXPORT_TYPE]: { schema: { type: 'string' } } }),
      },
    },
  };
  for (const [status, description] of Object.entries(others ?? {})) {
    answers[status] = { description };
  }
  for (const code of errors) {
    const status = errorStatuses[code];
    const codes = errors.filter((other) => errorStatuses[other] === status);
    answers[status] = { description: codes.join(', '), content: errorContent };
  }
  answers['default'] = { description: 'An error.', content: errorContent };
  return answers;
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
  return bare(z.toJSONSchema(schema, { unrepresentable: 'any', io }));
}

/** Without what names the dialect and the schema itself: the document does both. */
function bare({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
