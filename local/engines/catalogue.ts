import type { BackendName } from './contracts';

/** The one description of an engine, for the code that finds, downloads, builds, starts or tests it. */
export interface BackendDescription {
  readonly name: BackendName;
  readonly title: string;
  /** The version that the stack deploys and that `npm run backends` gets. */
  readonly version: string;
  /** A binary of another major version is skipped: its configuration differs. */
  readonly major: number;
  /** The executable's file name, and the environment variable that names one. */
  readonly binary: string;
  readonly variable: string;
  /** The Docker image, and the program's path in it when the image's entry point is something else. */
  readonly image: string;
  readonly entrypoint?: string;
  /** GET on this path answers 200 when the engine is ready. */
  readonly ready: string;
  readonly archive?: ReleaseArchive;
  readonly module?: GoModule;
}

/** Where a release publishes its archives and their checksums (`sha256sum` format). */
export interface ReleaseArchive {
  readonly url: (platform: string, architecture: string) => string;
  readonly checksums: (platform: string, architecture: string) => string;
  /** The executable inside the archive. */
  readonly member: (platform: string, architecture: string) => string;
}

/**
 * A Go module of this repository (local/engines/modules/<name>) whose tool dependency is the engine's program. Only
 * engines under a permissive licence have one: Loki, Tempo and Grafana are AGPL and are run as released, never built
 * here.
 */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** The Go variable that `--version` prints: a build from the module leaves it empty. */
  readonly versionVariable: string;
  /** CPU minutes of a first build on two cores. */
  readonly minutes: number;
}

const github = (repository: string, version: string) =>
  `https://github.com/${repository}/releases/download/v${version}`;

const loki = '3.7.8';
const tempo = '3.0.3';
const prometheus = '3.13.5';
/** AWS's distribution v0.49.0 is built from this release (aws-facts: collector-image). */
const otelcol = '0.156.0';
const grafana = '12.4.0';
const versitygw = '1.8.0';

export const backends: Readonly<Record<BackendName, BackendDescription>> = {
  loki: {
    name: 'loki',
    title: 'Loki',
    version: loki,
    major: 3,
    binary: 'loki',
    variable: 'LOKI_BIN',
    image: `grafana/loki:${loki}`,
    ready: '/ready',
    archive: {
      url: (platform, architecture) => `${github('grafana/loki', loki)}/loki-${platform}-${architecture}.zip`,
      checksums: () => `${github('grafana/loki', loki)}/SHA256SUMS`,
      member: (platform, architecture) => `loki-${platform}-${architecture}`,
    },
  },
  tempo: {
    name: 'tempo',
    title: 'Tempo',
    version: tempo,
    major: 3,
    binary: 'tempo',
    variable: 'TEMPO_BIN',
    image: `grafana/tempo:${tempo}`,
    ready: '/ready',
    archive: {
      url: (platform, architecture) =>
        `${github('grafana/tempo', tempo)}/tempo_${tempo}_${platform}_${architecture}.tar.gz`,
      checksums: () => `${github('grafana/tempo', tempo)}/SHA256SUMS`,
      member: () => 'tempo',
    },
  },
  prometheus: {
    name: 'prometheus',
    title: 'Prometheus',
    version: prometheus,
    major: 3,
    binary: 'prometheus',
    variable: 'PROMETHEUS_BIN',
    image: `prom/prometheus:v${prometheus}`,
    ready: '/-/ready',
    archive: {
      url: (platform, architecture) =>
        `${github('prometheus/prometheus', prometheus)}/prometheus-${prometheus}.${platform}-${architecture}.tar.gz`,
      checksums: () => `${github('prometheus/prometheus', prometheus)}/sha256sums.txt`,
      member: (platform, architecture) => `prometheus-${prometheus}.${platform}-${architecture}/prometheus`,
    },
    module: {
      // Prometheus 3.y.z is the Go module v0.(300 + y).z.
      path: 'github.com/prometheus/prometheus/cmd/prometheus',
      version: 'v0.313.5',
      versionVariable: 'github.com/prometheus/common/version.Version',
      minutes: 12,
    },
  },
  otelcol: {
    name: 'otelcol',
    title: 'OpenTelemetry Collector',
    version: otelcol,
    major: 0,
    binary: 'otelcol-contrib',
    variable: 'OTELCOL_BIN',
    image: 'public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0',
    ready: '/',
    archive: {
      url: (platform, architecture) =>
        `${github('open-telemetry/opentelemetry-collector-releases', otelcol)}/otelcol-contrib_${otelcol}_${platform}_${architecture}.tar.gz`,
      checksums: () =>
        `${github('open-telemetry/opentelemetry-collector-releases', otelcol)}/opentelemetry-collector-releases_otelcol-contrib_checksums.txt`,
      member: () => 'otelcol-contrib',
    },
    module: {
      // Its main package lists the components of resources/config/otelcol.yaml.
      path: 'backend.local/otelcol',
      version: `v${otelcol}`,
      versionVariable: 'main.version',
      minutes: 2,
    },
  },
  grafana: {
    name: 'grafana',
    title: 'Grafana',
    version: grafana,
    major: 12,
    binary: 'grafana',
    variable: 'GRAFANA_BIN',
    image: `grafana/grafana:${grafana}`,
    entrypoint: 'grafana',
    ready: '/api/health',
    archive: {
      url: (platform, architecture) =>
        `https://dl.grafana.com/oss/release/grafana-${grafana}.${platform}-${architecture}.tar.gz`,
      checksums: (platform, architecture) =>
        `https://dl.grafana.com/oss/release/grafana-${grafana}.${platform}-${architecture}.tar.gz.sha256`,
      member: () => `grafana-${grafana}/bin/grafana`,
    },
  },
  s3: {
    name: 's3',
    title: 'versitygw',
    version: versitygw,
    major: 1,
    binary: 'versitygw',
    variable: 'S3_BIN',
    image: `versity/versitygw:v${versitygw}`,
    // The image's own entry point is a script that reads the backend from environment variables.
    entrypoint: 'versitygw',
    ready: '/health',
    archive: {
      url: (platform, architecture) =>
        `${github('versity/versitygw', versitygw)}/versitygw_v${versitygw}_${unameOf(platform)}_${machineOf(architecture)}.tar.gz`,
      checksums: () => `${github('versity/versitygw', versitygw)}/checksums.txt`,
      member: (platform, architecture) =>
        `versitygw_v${versitygw}_${unameOf(platform)}_${machineOf(architecture)}/versitygw`,
    },
    module: {
      path: 'github.com/versity/versitygw/cmd/versitygw',
      version: `v${versitygw}`,
      versionVariable: 'main.Version',
      minutes: 4,
    },
  },
};

function unameOf(platform: string): string {
  return platform === 'darwin' ? 'Darwin' : 'Linux';
}

function machineOf(architecture: string): string {
  return architecture === 'amd64' ? 'x86_64' : architecture;
}
