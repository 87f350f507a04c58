import { dataPlane } from '../data-plane';
import { input } from '../input';
import { loads } from '../load';
import { security } from '../security';
import { about, type Statement, tested } from './statement';

const storage = 'service/storage-faults';
const telemetry = 'service/telemetry';
const lifecycle = 'service/lifecycle';
const lasting = 'a lasting failure of S3 %s: %#';
const once = 'one failure of S3 is not seen by the caller %s: the write is repeated and there is one object';
const logged = 'a lasting failure of S3 is logged with S3’s own reason and the trace of the request: %i %s';

/** Statements about the service and its environment. */
export const ofService: readonly Statement[] = [
  ...about('S3', [
    [
      '503 SlowDown → bounded retries, then 503 with Retry-After',
      tested(storage, lasting, '503 SlowDown'),
      tested(storage, once, 'a 503 SlowDown'),
    ],
    ['500 once, then fine → 2xx, one object', tested(storage, once, 'a 500')],
    [
      'refused or reset → 503',
      tested(storage, 'S3 that refuses connections is 503, and /health is still 200'),
      tested(storage, lasting, 'reset connections'),
      dataPlane.s3Gone,
      dataPlane.s3Killed,
      dataPlane.lossyS3,
    ],
    [
      'hangs → 504 inside the deadline',
      tested(storage, lasting, 'no answer at all'),
      tested(storage, 'a lasting failure of S3 ends at the deadline although every attempt would still be in time'),
      dataPlane.s3Paused,
      dataPlane.s3Stopped,
    ],
    ['AccessDenied → 502 without ARN or bucket in the answer', tested(storage, lasting, 'AccessDenied')],
    [
      'NoSuchBucket → 502 and a log line',
      tested(storage, lasting, 'NoSuchBucket'),
      tested(storage, logged, 'NoSuchBucket'),
    ],
    [
      'truncated GET → never a short 200',
      tested(storage, 'a document whose response from S3 ends early is never a truncated 200'),
    ],
    [
      'retried PUT of the same key → idempotent',
      tested(storage, 'a write that S3 applies but answers too late is repeated and stores the same object'),
      tested(storage, once, 'an attempt without an answer'),
    ],
    [
      'expired credentials → refreshed',
      tested(
        storage,
        'credentials are taken from the task’s role, and fetched again when S3 says that they have expired',
      ),
    ],
  ]),
  ...about('Memory', [
    [
      'bodies in, bodies out, answers of S3 and of collectors bounded by the task’s memory, 503 with Retry-After beyond',
      tested(
        'service/memory',
        'bytes in flight of bodies that are still arriving are bounded: one more is 503, and the others continue',
      ),
      tested(
        'service/memory',
        'bytes in flight of responses that callers do not read are bounded: one more is 503 before S3 is called',
      ),
      dataPlane.unreadAnswers,
      dataPlane.largeBodies,
      dataPlane.smallChunks,
      dataPlane.endlessErrors,
      dataPlane.heldHeads,
    ],
  ]),
  ...about('Telemetry', [
    ['Tempo or Loki down or hung → p99 unchanged', dataPlane.goneCollectors, dataPlane.hungCollectors],
    ['memory bounded', dataPlane.tempoGone, dataPlane.lokiPaused, dataPlane.longRecords],
    [
      'drops logged once in a while',
      tested(
        'unit/service/losses',
        'counts every lost record at once, and logs losses at once and then at most once a minute',
      ),
      tested(
        telemetry,
        'a telemetry backend that refuses records fails no request; lost records are counted, and logged once',
      ),
    ],
    [
      '10,000 random paths → a constant number of series',
      tested(telemetry, 'metrics have as many series after 10,000 different paths, keys and methods as before'),
      input.paths,
    ],
    ['bad traceparent → a new trace', tested(telemetry, 'a trace is a new one when traceparent is "%s"')],
    [
      'error logs carry trace_id',
      tested(storage, logged),
      tested(telemetry, 'a log line of every request so far has both ids'),
    ],
    [
      'payload, token and Authorization never logged',
      tested(telemetry, 'a log line never contains a payload, a query, a token or an Authorization header'),
      security.logInjection,
    ],
    [
      'scrapes during load work',
      tested(telemetry, 'metrics are returned while the service is under load'),
      loads.tenMinutes,
    ],
    [
      '9090 not public',
      tested('template/network', 'network ($variant) admits nothing but the listed connections'),
      tested(
        'template/network',
        'network ($variant) keeps /metrics and the fault switch from the public address, which is HTTPS when there is a certificate',
      ),
    ],
  ]),
  ...about('Lifecycle', [
    [
      'SIGTERM under load → no failed request, exit 0 before stopTimeout, spans flushed',
      tested(lifecycle, 'SIGTERM under load loses no request, flushes the telemetry of all of them, and ends with 0'),
      tested('unit/service/config', 'readConfig has time-outs that end before ECS kills the task'),
      dataPlane.serviceStopped,
    ],
    [
      'keep serving while the ALB deregisters',
      tested(
        lifecycle,
        'SIGTERM keeps serving while the load balancer deregisters it, is not ready, and asks callers to close',
      ),
    ],
    [
      'S3 down → /health still 200',
      tested(storage, 'S3 that refuses connections is 503, and /health is still 200'),
      tested(storage, '/ready is 503 when S3 hangs; /health does not call it'),
      dataPlane.s3Gone,
      dataPlane.s3Paused,
    ],
    [
      'missing BUCKET_NAME or a port in use → non-zero exit, one clear line',
      tested(
        lifecycle,
        'a start that cannot succeed because of its environment names everything that is wrong in one line, and exits with 1',
      ),
      dataPlane.portTaken,
      dataPlane.metricsPortTaken,
    ],
    [
      'uncaughtException → logged, flushed, exit 1',
      tested(lifecycle, 'an uncaught error %s is logged, exported, and ends the process with 1'),
    ],
    ["ten minutes' soak → memory level", loads.tenMinutes, loads.hourOfService],
  ]),
  ...about('Bundles', [
    [
      'a test on the built artefact that asserts the `S3.PutObject` span',
      tested(
        telemetry,
        'a trace continues the caller’s, with spans of HTTP, Express and S3 that carry the stable attributes',
      ),
    ],
    [
      'The tester should not import the SDK',
      tested(
        'template/bundles',
        'the functions as `sls package` zips them have at most 550 KB unzipped, the tester 30 KB and no SDK',
      ),
    ],
    [
      'Check that each artefact imports',
      tested(
        'template/bundles',
        'the functions as `sls package` zips them can be imported by Node alone and export a handler',
      ),
      tested(lifecycle, 'the bundle needs nothing else: it starts without node_modules'),
    ],
  ]),
];
