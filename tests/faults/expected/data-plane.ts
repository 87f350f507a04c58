import type { ExpectedFault } from './fault';

const fault = (id: string, broken: string, often: ExpectedFault['often'], expected: string): ExpectedFault => ({
  id: `data plane: ${id}`,
  plane: 'data plane',
  broken,
  often,
  expected,
});

/** Of a task's 512 MB the sidecar has 128. */
const bounded =
  'no request fails; memory stays bounded: resident below 384 MB, and once the queues are full a second and a third load as long add less than 8 MB each to the heap that is in use';

/** Peak resident memory, from the kernel. */
const withinTask =
  'never more than 384 MB resident, with the deployed flags; what is refused is 503 with Retry-After; afterwards /health is 200 and a POST 201';

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
  tempoGone: fault('Tempo gone', 'Tempo refuses every connection under load', 'for good', bounded),
  lokiPaused: fault('Loki paused', 'Loki takes requests and never answers under load', 'for good', bounded),
  goneCollectors: fault(
    'collectors gone',
    'Tempo and Loki both refuse every connection, under load',
    'for good',
    'no request fails or waits for them: at the 99th percentile it takes at most 100 ms more than five times what it takes while they answer',
  ),
  hungCollectors: fault(
    'collectors hung',
    'Tempo and Loki both take requests and never answer, under load',
    'for good',
    'no request fails or waits for them: at the 99th percentile it takes at most 100 ms more than five times what it takes while they answer',
  ),
  longRecords: fault(
    'long records',
    'Tempo and Loki both take requests and never answer, and every path, with its query, is of the greatest length that the service takes',
    'for good',
    'every request is answered 404; a queue is bounded in bytes as in records: once both are full, no more than 48 MB of the heap are in use on top of what was before',
  ),
  unreadAnswers: fault(
    'unread answers',
    '256 callers ask for eight documents of 1 MB each and read none of them',
    'for good',
    withinTask,
  ),
  largeBodies: fault(
    'large bodies',
    '256 callers send documents of 1 MB at once that take the most memory when they are parsed',
    'once',
    withinTask,
  ),
  smallChunks: fault(
    'small chunks',
    '8 callers send documents of 1 MB at once in chunks of one byte',
    'once',
    withinTask,
  ),
  endlessErrors: fault(
    'endless errors of S3',
    'S3 answers 64 callers at once with errors that never end',
    'for good',
    `${withinTask}; each is answered within the deadline`,
  ),
  heldHeads: fault('held heads', '2,000 connections send 15 KB of headers and never end them', 'once', withinTask),
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
  slowCollectors: fault(
    'slow collectors',
    '200 ms of delay on every byte sequence between the service and its collectors, under load',
    'for good',
    'no request fails; every log record and span arrives, none is counted as dropped',
  ),
  lossyCollectors: fault(
    'lossy collectors',
    'one connection in three between the service and its collectors is cut, under load',
    'for good',
    'no request fails; every log record and span arrives, none is counted as dropped',
  ),
  stdoutBlocked: fault(
    'stdout blocked',
    "nobody reads the service's stdout any more, under load, and then somebody does again",
    'once',
    'every request is 201 and /health is 200 meanwhile; every line afterwards is whole',
  ),
  stdoutClosed: fault(
    'stdout closed',
    "the reader of the service's stdout goes away under load",
    'for good',
    'every request is 201; SIGTERM still ends the service with 0, and Loki has the lines',
  ),
  s3Killed: fault(
    'S3 killed',
    'the S3 server is killed under load and started again with its files',
    'once',
    '201 or 503 with Retry-After, 201 again afterwards, /health stays 200; every POST that was answered 201 is in S3',
  ),
  s3Stopped: fault(
    'S3 stopped',
    'the S3 server is paused for two seconds under load',
    'once',
    '201, 503 or 504, 201 again afterwards, /health stays 200; every POST that was answered 201 is in S3',
  ),
  lokiKilled: fault(
    'Loki killed',
    'Loki is killed under load and started again with its files',
    'once',
    'no request fails; what the service says from then on is found once Loki is back, each line once; none is counted as dropped',
  ),
  lokiStopped: fault(
    'Loki stopped',
    'Loki is paused for two seconds under load',
    'once',
    'no request fails; every line is found, none is counted as dropped',
  ),
  tempoKilled: fault(
    'Tempo killed',
    'Tempo is killed under load and started again with its files',
    'once',
    'no request fails; the traces of all requests from then on are found once Tempo is back; none is counted as dropped',
  ),
  tempoStopped: fault(
    'Tempo stopped',
    'Tempo is paused for two seconds under load',
    'once',
    'no request fails; the trace of every request is found, no span is counted as dropped',
  ),
  prometheusKilled: fault(
    'Prometheus killed',
    'the Prometheus agent is killed under load and started again with its files',
    'once',
    'no request fails; the store gets samples again, and the last count is that of the requests made',
  ),
  prometheusStopped: fault(
    'Prometheus stopped',
    'the Prometheus agent is paused for two seconds under load',
    'once',
    'no request fails; the store gets samples again, and the last count is that of the requests made',
  ),
  diskFullS3: fault(
    'disk full: S3',
    'the disk of the local cloud (journal, S3) is full while the service stores documents, and then is not',
    'once',
    'POST is 201, or 5xx as a problem, and never a lie: what was answered 201 reads back whole, also from before; the local cloud answers meanwhile, and takes documents again once there is space',
  ),
  diskFullJournal: fault(
    'disk full: journal',
    'the disk of the local cloud is full while calls that need no disk are made',
    'once',
    'each is answered as ever; one line on standard error says that the journal lacks lines',
  ),
  diskFullLoki: fault(
    'disk full: Loki',
    'the disk of Loki is full under load, and then is not',
    'once',
    'no request of the service fails; Loki takes lines again, by itself or after a restart',
  ),
  diskFullPrometheus: fault(
    'disk full: Prometheus',
    'the disk of the Prometheus agent is full under load, and then is not',
    'once',
    'no request of the service fails; the agent writes to the store again, by itself or after a restart',
  ),
  localPortsTaken: fault(
    'local ports taken',
    'each port of npm start is taken at its start, one after the other',
    'many times',
    'exit code 1; the port, the variable that moves it and what it is for are named; no process and no port is left',
  ),
  metricsPortTaken: fault(
    'metrics port taken',
    "the service's metrics port is taken at its start",
    'once',
    'exit code 1 and one line that names the port',
  ),
} as const;
