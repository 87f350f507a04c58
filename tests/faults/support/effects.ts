import type { FaultEffect } from '../../../local/grafana-server/faults';
import type { AwsFaultCase, GrafanaFaultCase } from '../expected/control-plane';
import type { AwsEffect } from './aws-fault-proxy';

const s3Operations = ['GetObject', 'PutObject', 'DeleteObject'];

/** The fault with the error name and message of its service. */
export function awsEffect({ operation, effect }: Pick<AwsFaultCase, 'operation' | 'effect'>): AwsEffect {
  const isS3 = s3Operations.includes(operation);
  switch (effect) {
    case 'throttled':
      return isS3
        ? { kind: 'error', status: 503, code: 'SlowDown' }
        : { kind: 'error', status: 429, code: 'ThrottlingException' };
    case 'failing':
      return { kind: 'error', status: 500, code: isS3 ? 'InternalError' : 'InternalServerException' };
    case 'denied':
      return { kind: 'error', status: 403, code: isS3 ? 'AccessDenied' : 'AccessDeniedException' };
    case 'cut':
      return { kind: 'cut', applied: false };
    case 'cut after it was applied':
      return { kind: 'cut', applied: true };
    case 'without an answer':
      return { kind: 'hang' };
  }
}

export function grafanaEffect({ effect }: Pick<GrafanaFaultCase, 'effect'>): FaultEffect {
  switch (effect) {
    case 'throttled':
      return { kind: 'error', status: 429, message: 'Too many requests' };
    case 'failing':
      return { kind: 'error', status: 500, message: 'planted' };
    case 'rejected':
      return { kind: 'error', status: 403, message: 'planted' };
    case 'cut':
      return { kind: 'cut' };
    case 'cut after it was applied':
      return { kind: 'cut', after: true };
  }
}
