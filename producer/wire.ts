/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** Text and media as models exchange them. */
export interface LlmContent {
  role?: string;
  parts: { text?: string; [member: string]: unknown }[];
  [member: string]: unknown;
}

/** An event that a producer may append; PROTOCOL.md, "Appending events", says what each means. */
export type ProducedEvent =
  | { type: 'nodeStart'; nodeId: string; title?: string }
  | { type: 'nodeEnd'; nodeId: string; outputs?: JsonObject }
  | { type: 'nodeError'; nodeId: string; error: string }
  | { type: 'nodeSkipped'; nodeId: string; reason: string }
  | { type: 'stepStart'; nodeId: string; op: string; step: string; attempt: number }
  | {
      type: 'stepEnd';
      nodeId: string;
      op: string;
      step: string;
      attempt: number;
      result?: Json;
    }
  | {
      type: 'stepError';
      nodeId: string;
      op: string;
      step: string;
      attempt: number;
      error: string;
      final: boolean;
      /** Unix seconds. */
      retryAt?: number;
    }
  | { type: 'sleepStart'; nodeId: string; op: string; /** Unix seconds. */ until: number }
  | { type: 'sleepEnd'; nodeId: string; op: string }
  | { type: 'agentEvent'; nodeId: string; event: JsonObject; op?: string; attempt?: number }
  | { type: 'thoughtEvent'; nodeId: string; text: string; op?: string; attempt?: number }
  | {
      type: 'inputRequired';
      nodeId: string;
      interactionId: string;
      suspendEvent?: JsonObject;
      op?: string;
      /** Unix seconds. */
      expiresAt?: number;
      fallback?: Json;
      idle?: boolean;
    }
  | { type: 'inputWithdrawn'; nodeId: string; interactionId: string; reason: string }
  | { type: 'graphComplete'; outputs?: JsonObject }
  | { type: 'graphError'; error: string };

/** An event of the log, as far as it is looked at here. */
export interface LogEvent {
  readonly type: string;
  readonly index: number;
  readonly nodeId?: string;
  readonly interactionId?: string;
  readonly response?: Json;
  readonly reason?: string;
  readonly outputs?: JsonObject;
}

/** Who writes, and which batch it is. */
export interface Turn {
  readonly producerId: string;
  readonly epoch: number;
  readonly seq: number;
  /** Seconds. */
  readonly lease: number;
}

/** What a batch was answered with. */
export interface Receipt {
  readonly status: string;
  readonly lastIndex: number;
  readonly duplicate: boolean;
}

/** A page of a session's log. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  readonly lastIndex: number;
  readonly status: string;
}
