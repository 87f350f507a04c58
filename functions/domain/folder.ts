import type { Content } from './content';
import type { Grafana } from './grafana';
import type { Resource } from './reconcile';
import { memberDifferences, textOf } from './statement/member-differences';

/** The folder that holds the stack's dashboards and rules. */
export function folderResource(grafana: Grafana, { folder }: Content): Resource<StoredFolder> {
  return {
    name: `folder ${folder.title}`,
    read: async () => {
      const { status, body } = await grafana.request('GET', `/api/folders/${folder.uid}`, { accept: [404] });
      return status === 404 ? undefined : (body as StoredFolder);
    },
    differences: (actual) => memberDifferences('folder', folder, actual).map(textOf),
    write: async (actual) => {
      if (actual === undefined) await grafana.request('POST', '/api/folders', { body: folder });
      else {
        const { description } = actual;
        const body = { title: folder.title, ...(description && { description }), overwrite: true };
        await grafana.request('PUT', `/api/folders/${folder.uid}`, { body });
      }
    },
    unique: {
      uid: folder.uid,
      async namesake() {
        const query = new URLSearchParams({ type: 'dash-folder', query: folder.title });
        const hits = (await grafana.request('GET', `/api/search?${query}`)).body as readonly Content['folder'][];
        return hits.find(({ uid, title }) => title === folder.title && uid !== folder.uid)?.uid;
      },
    },
  };
}

/** The description is the user's. */
interface StoredFolder {
  readonly title: string;
  readonly description?: string;
}
