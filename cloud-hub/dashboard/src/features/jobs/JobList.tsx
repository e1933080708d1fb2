import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useJobs, type JobState } from '../../api';
import { ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { isOpen } from './job';
import { JobTable } from './JobTable';

const PAGE = 25;
/** A job that moves is watched closely; there is no event for it. */
export const OPEN_POLL_MS = 2_000;

export interface JobsAsked {
  state?: JobState;
  kind?: string;
}

interface JobListProps {
  asked: JobsAsked;
  caption: string;
  empty: ReactNode;
  onOpen: (id: string) => void;
}

/**
 * The first page of some jobs, asked for while one of them moves and the tab is seen: what has ended stays as it is, and a
 * job that is ordered here or a return to the tab asks anew. Callers that ask the same share one answer.
 */
export function useJobsNow(asked: JobsAsked) {
  const known = useJobs({ ...asked, limit: PAGE });
  const open = known.currentData?.jobs.some(isOpen) ?? false;
  return useJobs({ ...asked, limit: PAGE }, { pollingInterval: open ? OPEN_POLL_MS : 0, skipPollingIfUnfocused: true });
}

/** Jobs, newest first, as they move. */
export function JobList({ asked, caption, empty, onOpen }: JobListProps) {
  const query = useJobsNow(asked);
  return (
    <QueryView
      // Rows of another filter are not left standing under this one's name.
      query={{ ...query, data: query.currentData }}
      skeleton={<RowsSkeleton rows={6} height={56} />}
      empty={(data) => (data.jobs.length > 0 ? null : empty)}
    >
      {(data) => (
        <>
          <JobTable jobs={data.jobs} caption={caption} onOpen={onOpen} />
          <Older key={JSON.stringify(asked)} asked={asked} cursor={data.next_cursor} onOpen={onOpen} />
        </>
      )}
    </QueryView>
  );
}

/** The next page, once asked for; it hangs on the page above. */
function Older({ asked, cursor, onOpen }: { asked: JobsAsked; cursor: string | null; onOpen: (id: string) => void }) {
  const { t } = useTranslation('work');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useJobs({ ...asked, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <JobTable jobs={data.jobs} caption={t('olderCaption')} onOpen={onOpen} headless />
        <Older asked={asked} cursor={data.next_cursor} onOpen={onOpen} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('older')}
      </Button>
    </Box>
  );
}
