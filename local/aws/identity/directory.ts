/** The users and groups of IAM Identity Center that Amazon Managed Grafana looks up. */
export interface DirectoryEntry {
  /** An Identity Store id: `^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-…-[A-Fa-f0-9]{12}$`. */
  readonly id: string;
  readonly kind: 'SSO_USER' | 'SSO_GROUP';
  readonly name: string;
}

export interface Directory {
  readonly instanceArn: string;
  readonly identityStoreId: string;
  readonly entries: readonly DirectoryEntry[];
  find(id: string, kind: DirectoryEntry['kind']): DirectoryEntry | undefined;
}

/** Two users and a group, so that a first run has someone to grant access to. */
const samples: readonly DirectoryEntry[] = [
  { id: '00000000-0000-4000-8000-000000000001', kind: 'SSO_USER', name: 'alex' },
  { id: '00000000-0000-4000-8000-000000000002', kind: 'SSO_USER', name: 'sam' },
  { id: '00000000-0000-4000-8000-000000000010', kind: 'SSO_GROUP', name: 'observers' },
];

export function createDirectory(entries: readonly DirectoryEntry[] = samples): Directory {
  return {
    instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000001',
    identityStoreId: 'd-0000000001',
    entries,
    find: (id, kind) => entries.find((entry) => entry.id === id && entry.kind === kind),
  };
}
