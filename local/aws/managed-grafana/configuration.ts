import { invalid } from './wire';
import type { WorkspaceConfiguration } from './workspace';

/**
 * The configuration string: user guide "Working in your Grafana workspace", format
 * `{"unifiedAlerting":{"enabled":true},"plugins":{"pluginAdminEnabled":true}}`. Missing keys are off. On
 * Grafana 11 and later there is only unified alerting, so it cannot be switched off.
 */
export function parseConfiguration(text: string | undefined, version: string): WorkspaceConfiguration {
  const always = majorOf(version) >= 11;
  if (text === undefined) return { plugins: { pluginAdminEnabled: false }, unifiedAlerting: { enabled: always } };
  const value = parseObject(text);
  for (const key of Object.keys(value)) {
    if (key !== 'plugins' && key !== 'unifiedAlerting') throw invalid(`Invalid configuration: unknown key "${key}"`);
  }
  const unifiedAlerting = readFlag(value, 'unifiedAlerting', 'enabled') ?? always;
  if (always && !unifiedAlerting)
    throw invalid('Invalid configuration: unified alerting cannot be switched off on this Grafana version');
  return {
    plugins: { pluginAdminEnabled: readFlag(value, 'plugins', 'pluginAdminEnabled') ?? false },
    unifiedAlerting: { enabled: unifiedAlerting },
  };
}

export function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: the error below covers it.
  }
  throw invalid('Invalid configuration: not a JSON object');
}

function readFlag(value: Record<string, unknown>, group: string, name: string): boolean | undefined {
  const members = value[group];
  if (members === undefined) return undefined;
  if (typeof members !== 'object' || members === null)
    throw invalid(`Invalid configuration: "${group}" is not an object`);
  for (const [key, flag] of Object.entries(members)) {
    if (key !== name) throw invalid(`Invalid configuration: unknown key "${group}.${key}"`);
    if (typeof flag !== 'boolean') throw invalid(`Invalid configuration: "${group}.${key}" is not true or false`);
  }
  return (members as Record<string, boolean>)[name];
}
