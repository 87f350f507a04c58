import type { WorkspaceConfiguration } from './workspace';

/** Enables Grafana's alerting and plugin installation, which the setup needs and CloudFormation cannot set. */
export const REQUIRED_CONFIGURATION = {
  unifiedAlerting: { enabled: true },
  plugins: { pluginAdminEnabled: true },
} as const;

/** `present` merged with the required settings. A user's other settings stay. */
export function mergeConfiguration(present: WorkspaceConfiguration): WorkspaceConfiguration {
  const section = (name: string) => (present[name] ?? {}) as Record<string, unknown>;
  return {
    ...present,
    unifiedAlerting: { ...section('unifiedAlerting'), ...REQUIRED_CONFIGURATION.unifiedAlerting },
    plugins: { ...section('plugins'), ...REQUIRED_CONFIGURATION.plugins },
  };
}

/**
 * The required settings that differ in the workspace, and the keys that its answer lacks. The value of a missing key is
 * unknown, so it is no difference and nothing is written: otherwise every run would write the same again.
 * aws-facts: amg-configuration-keys
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
