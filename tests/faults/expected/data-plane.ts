import type { ExpectedFault } from './fault';

const fault = (id: string, broken: string, often: ExpectedFault['often'], expected: string): ExpectedFault => ({
  id: `data plane: ${id}`,
  plane: 'data plane',
  broken,
  often,
  expected,
});

const stored = 'every POST that was answered 201 is in S3, every other answer is a problem with its trace id';

export const dataPlane = {
  serviceKilled: fault('service killed', 'the service is killed under load and started again', 'once', stored),
  servicePaused: fault(
    'service paused',
    'the service is paused for a second under load',
    'once',
    'every request is answered after it goes on; none is lost',
  ),
  serviceStopped: fault(
    'service stopped',
    'the service gets SIGTERM under load',
    'once',
    'no request that it took fails; exit code 0',
  ),
  s3Gone: fault(
    'S3 gone',
    'S3 is closed under load, then back on its port',
    'once',
    '503 with Retry-After while it is away, 201 afterwards; /health stays 200',
  ),
  s3Paused: fault(
    'S3 paused',
    'S3 answers nothing for two seconds under load',
    'once',
    '503 or 504 within the deadline, 201 afterwards; /health stays 200',
  ),
  tempoGone: fault(
    'Tempo gone',
    'Tempo refuses every connection under load',
    'for good',
    'no request fails; memory stays bounded',
  ),
  lokiPaused: fault(
    'Loki paused',
    'Loki takes requests and never answers under load',
    'for good',
    'no request fails; memory stays bounded',
  ),
  slowS3: fault(
    'slow S3',
    '200 ms of delay on every byte sequence between the service and S3',
    'for good',
    'slower, but every request is answered as ever',
  ),
  lossyS3: fault(
    'lossy S3',
    'one connection in five between the service and S3 is cut',
    'for good',
    'no request is answered wrongly; what was answered 201 is in S3',
  ),
  portTaken: fault(
    'port taken',
    "the service's port is taken at its start",
    'once',
    'exit code 1 and one line that names the port',
  ),
} as const;
