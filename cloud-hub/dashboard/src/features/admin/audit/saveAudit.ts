import { api } from '../../../api';
import type { ApiError } from '../../../api/problem';

const FILE = 'audit.tsv';
/** The whole log may be long. */
const PATIENCE_MS = 600_000;

/** A failed answer is a problem to be read, a good one a file to be saved. */
async function fileOrProblem(response: Response): Promise<unknown> {
  if (response.ok) return response.blob();
  return response.json().catch(() => null);
}

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser takes its own copy within the click; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The export goes the way of every question, so that it renews a session and asks for a factor, but stays out of the cache. */
const withFile = api.injectEndpoints({
  endpoints: (build) => ({
    saveAudit: build.mutation<string, void>({
      queryFn: async (_, _api, _extra, ask) => {
        const answer = await ask({ url: '/api/v1/audit/export', responseHandler: fileOrProblem, timeout: PATIENCE_MS });
        if (answer.error) return { error: answer.error as ApiError };
        save(answer.data as Blob, FILE);
        return { data: FILE };
      },
    }),
  }),
  overrideExisting: true,
});

export const { useSaveAuditMutation: useSaveAudit } = withFile;
