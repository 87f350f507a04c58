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
