import type { ApiError } from './problem';
import { api } from './index';

/** A file may be long, and the link slow. */
const PATIENCE_MS = 600_000;

/** A failed answer is a problem to be read, a good one a file to be saved. */
async function fileOrProblem(response: Response): Promise<unknown> {
  if (response.ok) return response.blob();
  return response.json().catch(() => null);
}

/** What the hub calls a file it sends. */
export function nameOf(disposition: string | null): string | null {
  return /filename="([^"/\\]+)"/.exec(disposition ?? '')?.[1] ?? null;
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

interface SaveArg {
  /** A path of the hub. */
  url: string;
  /** What it is called where the hub does not say. */
  name: string;
}

/** A download goes the way of every question, so that it renews a session and asks for a factor, but stays out of the cache. */
const withFiles = api.injectEndpoints({
  endpoints: (build) => ({
    saveFile: build.mutation<string, SaveArg>({
      queryFn: async ({ url, name }, _api, _extra, ask) => {
        const answer = await ask({ url, responseHandler: fileOrProblem, timeout: PATIENCE_MS });
        if (answer.error) return { error: answer.error as ApiError };
        const called = nameOf(answer.meta?.response?.headers.get('content-disposition') ?? null) ?? name;
        save(answer.data as Blob, called);
        return { data: called };
      },
    }),
  }),
  overrideExisting: true,
});

export const { useSaveFileMutation: useSaveFile } = withFiles;
