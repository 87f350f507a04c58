import type { WorkspaceConfiguration } from './workspace';

/** Grafana's alerting and the plugin installation that the setup needs; neither can be set by CloudFormation. */
export const REQUIRED_CONFIGURATION = {
  unifiedAlerting: { enabled: true },
  plugins: { pluginAdminEnabled: true },
} as const;

/** `present` with what is required put over it: what a user set beside it stays. */
export function mergeConfiguration(present: WorkspaceConfiguration): WorkspaceConfiguration {
  const section = (name: string) => (present[name] ?? {}) as Record<string, unknown>;
  return {
    ...present,
    unifiedAlerting: { ...section('unifiedAlerting'), ...REQUIRED_CONFIGURATION.unifiedAlerting },
    plugins: { ...section('plugins'), ...REQUIRED_CONFIGURATION.plugins },
  };
}

/**
 * Where the workspace says otherwise than required, and which keys it does not tell. What AMG leaves out of its answer
 * is not known, so it is neither a difference nor a reason to write: the same would be written in every run. aws-facts:
 * amg-configuration-keys
 */
export function compareConfiguration(present: WorkspaceConfiguration): {
  readonly differences: readonly string[];
  readonly untold: readonly string[];
} {
  const keys = Object.entries(REQUIRED_CONFIGURATION).flatMap(([section, wanted]) =>
    Object.entries(wanted).map(([key, value]) => ({
      path: `${section}.${key}`,
      value,
      actual: (present[section] as Readonly<Record<string, unknown>> | null | undefined)?.[key],
    })),
  );
  return {
    differences: keys
      .filter(({ actual, value }) => actual !== undefined && actual !== value)
      .map(({ path, actual, value }) => `${path}: ${JSON.stringify(actual)} instead of ${value}`),
    untold: keys.filter(({ actual }) => actual === undefined).map(({ path }) => path),
  };
}
