/**
 * OTLP over HTTP (JSON), with the official serializers. The official exporters have only an idle time-out, so a backend
 * that answers slowly byte by byte blocks them, and they report a partial success only in a log line. This exporter has
 * a total time-out and returns rejected records.
 */
import http from 'node:http';
import https from 'node:https';
import {
  type IExportLogsServiceResponse,
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonLogsSerializer,
  JsonTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { ByteBudget } from '../memory/byte-budget';
import { type Answer, AnswerTooLarge, exchange } from '../outgoing/exchange';
import type { Exporter, Outcome } from './batch-queue';

/** Time-out of one export, answer included (ms). */
const TIMEOUT_MS = 4000;
/** Limit on a backend's answer (bytes); a valid one is far smaller. */
const MAX_ANSWER_BYTES = 64 * 1024;

export function spanExporter(url: string): Exporter<ReadableSpan> {
  return otlpExporter(url, JsonTraceSerializer, ({ partialSuccess }) => ({
    rejected: partialSuccess?.rejectedSpans,
    message: partialSuccess?.errorMessage,
  }));
}

export function logExporter(url: string): Exporter<ReadableLogRecord> {
  return otlpExporter(url, JsonLogsSerializer, ({ partialSuccess }) => ({
    rejected: partialSuccess?.rejectedLogRecords,
    message: partialSuccess?.errorMessage,
  }));
}

interface PartialSuccess {
  readonly rejected: unknown;
  readonly message: unknown;
}

function otlpExporter<Item, Response extends IExportTraceServiceResponse | IExportLogsServiceResponse>(
  url: string,
  serializer: ISerializer<Item[], Response>,
  partialSuccessOf: (response: Response) => PartialSuccess,
): Exporter<Item> {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const agent = protocol === 'https:' ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  const post = (body: Uint8Array): Promise<Answer> =>
    exchange(
      {
        protocol,
        hostname,
        port: port === '' ? undefined : Number(port),
        path: `${pathname}${search}`,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Length': String(body.length) },
        body,
      },
      {
        agent,
        timeoutMs: TIMEOUT_MS,
        connectTimeoutMs: TIMEOUT_MS,
        maxBytes: () => MAX_ANSWER_BYTES,
        lease: new ByteBudget(MAX_ANSWER_BYTES).lease(),
      },
    );
  return {
    async export(items) {
      try {
        const body = serializer.serializeRequest(items);
        if (body === undefined) return { kind: 'refused', reason: new Error('Nothing to send.') };
        const answer = await post(body);
        return answer.status < 300
          ? taken(answer.body, items.length, (bytes) => partialSuccessOf(serializer.deserializeResponse(bytes)))
          : notTaken(answer.status, answer.headers['retry-after']);
      } catch (error) {
        if (error instanceof AnswerTooLarge) {
          return error.status < 300 ? { kind: 'taken', rejected: 0, warning: error.message } : notTaken(error.status);
        }
        return { kind: 'failed', reason: error instanceof Error ? error : new Error(String(error)) };
      }
    },
    close: () => agent.destroy(),
  };
}

/**
 * OTLP specification, "Partial Success": some records may be rejected; a message without rejected records is a warning.
 * Loki answers 204 without a body.
 */
function taken(body: Buffer, many: number, read: (body: Buffer) => PartialSuccess): Outcome {
  if (body.length === 0) return { kind: 'taken', rejected: 0 };
  try {
    if (!isObject(JSON.parse(body.toString()))) throw new Error('no object');
    const { rejected, message } = read(body);
    // Protocol Buffers encode 64-bit numbers as strings in JSON.
    const count = Math.trunc(Number(rejected ?? 0));
    const warning = typeof message === 'string' && message !== '' ? message : undefined;
    return {
      kind: 'taken',
      rejected: Math.min(many, Math.max(0, Number.isNaN(count) ? 0 : count)),
      ...(warning === undefined ? {} : { warning }),
    };
  } catch {
    return { kind: 'taken', rejected: 0, warning: 'The answer is not one of OTLP in JSON.' };
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * An answer below 500 that no retry would change. OTLP would not retry 500 either, but Loki answers it while its ring
 * is empty after a start. A retry is safe: both backends recognise duplicate records.
 */
function notTaken(status: number, retryAfter?: string): Outcome {
  const reason = Object.assign(new Error(`The backend answered ${status}.`), { code: status });
  if (status < 500 && status !== 408 && status !== 429) return { kind: 'refused', reason };
  const seconds = /^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return { kind: 'failed', reason, againMs: seconds * 1000 };
}
