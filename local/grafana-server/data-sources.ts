import { randomBytes } from 'node:crypto';
import { badRequest, GrafanaError, isObject, refuseUnknown } from './errors';

export interface DataSource {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
  /** Values are never returned; an answer only lists which are set. */
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly version: number;
  readonly readOnly: boolean;
}

/**
 * Members of AddDataSourceCommand and of what GET answers, so that read, change, write works
 * (pkg/services/datasources/models.go).
 */
const known = [
  'id',
  'uid',
  'orgId',
  'name',
  'type',
  'typeName',
  'typeLogoUrl',
  'access',
  'url',
  'user',
  'database',
  'basicAuth',
  'basicAuthUser',
  'withCredentials',
  'isDefault',
  'jsonData',
  'secureJsonData',
  'secureJsonFields',
  'version',
  'readOnly',
  'accessControl',
  'apiVersion',
] as const;

export class DataSourceStore {
  private readonly byUid = new Map<string, DataSource>();
  private nextId = 1;

  list(): readonly DataSource[] {
    return [...this.byUid.values()].sort((left, right) => left.name.localeCompare(right.name));
  }

  /** Throws 404 "Data source not found". */
  get(uid: string): DataSource {
    const found = this.byUid.get(uid);
    if (!found) throw new GrafanaError(404, 'Data source not found');
    return found;
  }

  findById(id: number): DataSource | undefined {
    return this.list().find((one) => one.id === id);
  }

  findByName(name: string): DataSource | undefined {
    return this.list().find((one) => one.name === name);
  }

  default(): DataSource | undefined {
    return this.list().find((one) => one.isDefault);
  }

  create(body: Record<string, unknown>, strictUids: boolean): DataSource {
    const uid = text(body['uid']) || randomBytes(7).toString('hex');
    const source = read(body, { id: this.nextId, uid, version: 1, secureJsonData: {} });
    checkUid(uid, strictUids);
    if (this.byUid.has(uid))
      throw new GrafanaError(409, 'data source with the same uid already exists', { traceID: '' });
    if (this.findByName(source.name))
      throw new GrafanaError(409, 'data source with the same name already exists', { traceID: '' });
    this.nextId += 1;
    return this.store(source);
  }

  update(uid: string, body: Record<string, unknown>, strictUids: boolean): DataSource {
    const before = this.get(uid);
    const newUid = text(body['uid']) || uid;
    checkUid(newUid, strictUids);
    const version = body['version'];
    if (typeof version === 'number' && version > 0 && version !== before.version) {
      throw new GrafanaError(409, 'Datasource has already been updated by someone else. Please reload and try again');
    }
    const source = read(body, {
      id: before.id,
      uid: newUid,
      version: before.version + 1,
      secureJsonData: before.secureJsonData,
    });
    const namesake = this.findByName(source.name);
    if (namesake && namesake.id !== before.id)
      throw new GrafanaError(409, 'data source with the same name already exists');
    if (newUid !== uid && this.byUid.has(newUid))
      throw new GrafanaError(409, 'data source with the same uid already exists');
    this.byUid.delete(uid);
    return this.store(source);
  }

  delete(uid: string): DataSource {
    const source = this.get(uid);
    this.byUid.delete(uid);
    return source;
  }

  private store(source: DataSource): DataSource {
    if (source.isDefault) {
      for (const [uid, other] of this.byUid) if (other.isDefault) this.byUid.set(uid, { ...other, isDefault: false });
    }
    this.byUid.set(source.uid, source);
    return source;
  }
}

/** The DTO of one data source: pkg/api/dtos/datasource.go. */
export function toDto(source: DataSource): Record<string, unknown> {
  const { secureJsonData, ...rest } = source;
  return {
    ...rest,
    orgId: 1,
    typeLogoUrl: `public/app/plugins/datasource/${source.type}/img/logo.svg`,
    secureJsonFields: fields(secureJsonData),
  };
}

/** An item of GET /api/datasources: without version and secure fields. */
export function toListItem(source: DataSource): Record<string, unknown> {
  const { secureJsonData: _secrets, version: _version, basicAuthUser: _user, withCredentials: _with, ...rest } = source;
  return {
    ...rest,
    orgId: 1,
    typeName: source.type,
    typeLogoUrl: `public/app/plugins/datasource/${source.type}/img/logo.svg`,
  };
}

function fields(secrets: Readonly<Record<string, string>>): Record<string, boolean> {
  return Object.fromEntries(Object.keys(secrets).map((name) => [name, true]));
}

function read(
  body: Record<string, unknown>,
  fixed: Pick<DataSource, 'id' | 'uid' | 'version' | 'secureJsonData'>,
): DataSource {
  refuseUnknown('a data source', body, known);
  const name = text(body['name']);
  const type = text(body['type']);
  const access = text(body['access']);
  // binding:"Required" of AddDataSourceCommand.
  if (!name || !type || !access) throw badRequest();
  if (access !== 'proxy' && access !== 'direct') throw badRequest('bad request data: access is proxy or direct');
  const url = text(body['url']);
  if (url && !/^https?:\/\/[^/]+/.test(url)) throw badRequest(`Validation error, invalid URL: "${url}"`);
  const jsonData = body['jsonData'] ?? {};
  const secrets = body['secureJsonData'] ?? {};
  if (!isObject(jsonData) || !isObject(secrets)) throw badRequest();
  return {
    ...fixed,
    name,
    type,
    access,
    url,
    user: text(body['user']),
    database: text(body['database']),
    basicAuth: body['basicAuth'] === true,
    basicAuthUser: text(body['basicAuthUser']),
    withCredentials: body['withCredentials'] === true,
    isDefault: body['isDefault'] === true,
    jsonData,
    secureJsonData: {
      ...fixed.secureJsonData,
      ...Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, String(value)])),
    },
    readOnly: false,
  };
}

function checkUid(uid: string, strict: boolean): void {
  if (uid.length > 40) throw badRequest('uid is longer than 40 symbols');
  if (strict && !/^[a-zA-Z0-9_-]+$/.test(uid)) throw badRequest('uid contains illegal characters');
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw badRequest();
  return value;
}
