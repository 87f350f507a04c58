/** Differences between the Grafana versions that AMG offers, each with its source. */
export interface Features {
  readonly major: number;
  /**
   * Full version string as /api/health shows it. AMG publishes only the minor version; the patch number is this
   * stand-in's.
   */
  readonly fullVersion: string;
  /** Data source APIs by numeric id: deprecated in 9, removed in 13 (facts of the AMG 13.2 upgrade notes). */
  readonly numericDataSourceIds: boolean;
  /** The core Prometheus source signs with SigV4 up to 11; AMG 12 needs grafana-amazonprometheus-datasource. */
  readonly coreSigV4: boolean;
  /** The Amazon plugin is preinstalled from 12 on. */
  readonly amazonPrometheusBundled: boolean;
  /** UIDs must be [A-Za-z0-9_-]{1,40} from 12 on ("What's new in Grafana 12", breaking changes). */
  readonly strictUids: boolean;
  /** SNS contact points: AMG's own fields up to 10.4, those of grafana/alerting receivers/sns from 12 on. */
  readonly sns: 'amg' | 'upstream';
  /**
   * The root policy's receiver is empty from 12.4 on (grafana/grafana 116368); before, it has an e-mail placeholder.
   */
  readonly emptyDefaultReceiver: boolean;
  /** 13: the Alertmanager-style receiver test is removed (410); the App Platform's replaces it. */
  readonly receiverTest: 'alertmanager' | 'app-platform';
  /** 13: a write of a contact point gets a Warning header. */
  readonly contactPointWarning: boolean;
  /** Tempo's backend runs TraceQL searches (feature tempoSearchBackendMigration); before, only the browser did. */
  readonly tempoBackendSearch: boolean;
  /** Before 11.3 titles are unique in a folder, and `overwrite` replaces the dashboard of the same title. */
  readonly titlesRepeat: boolean;
  /** The alerting API's status for a conflict. 500 was seen on 9.4, and is assumed for 10.4. */
  readonly conflict: 409 | 500;
  /** What keeps the provenance of its first write: rules since 9, contact points and policies later (11 here). */
  readonly boundProvenance: 'rules' | 'all';
  /**
   * Who may use the provisioning API: admins, from 11 on also editors (they hold alert.rules:* and
   * alert.notifications:*).
   */
  readonly provisioningRole: 'ADMIN' | 'EDITOR';
}

export function featuresOf(version: string): Features {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    major,
    fullVersion: `${version}.0`,
    numericDataSourceIds: major < 13,
    coreSigV4: major < 12,
    amazonPrometheusBundled: major >= 12,
    strictUids: major >= 12,
    sns: major >= 12 ? 'upstream' : 'amg',
    emptyDefaultReceiver: major > 12 || (major === 12 && minor >= 4),
    receiverTest: major >= 13 ? 'app-platform' : 'alertmanager',
    contactPointWarning: major >= 13,
    tempoBackendSearch: major >= 12,
    titlesRepeat: major > 11 || (major === 11 && minor >= 3),
    conflict: major >= 11 ? 409 : 500,
    boundProvenance: major >= 11 ? 'all' : 'rules',
    provisioningRole: major >= 11 ? 'EDITOR' : 'ADMIN',
  };
}
