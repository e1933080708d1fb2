import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAudit, type AuditEntry } from '../../../api';
import { Section } from '../../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../../ui/states';
import { SavedViews } from '../../views/SavedViews';
import { AuditFilterBar } from './AuditFilterBar';
import { AuditTable } from './AuditTable';
import { AuditTools } from './AuditTools';
import { EntryDialog } from './EntryDialog';
import { askFor, readFilter, writeFilter } from './filter';

const PAGE = 50;

/** Who changed what, newest first, and whether the log is still as it was written. */
export default function AuditTab() {
  const { t } = useTranslation('admin');
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const filter = readFilter(params);
  const asked = askFor(filter);
  const query = useAudit({ ...asked, limit: PAGE }, { refetchOnMountOrArgChange: true });
  const filtered = Object.values(filter).some(Boolean);
  const clear = () => setParams({}, { replace: true });
  return (
    <Section title={t('audit.title')} asOf={query.currentData?.as_of} flush actions={<SavedViews page="audit" />}>
      <AuditTools />
      <AuditFilterBar filter={filter} onChange={(next) => setParams(writeFilter(next), { replace: true })} />
      <QueryView
        query={{ ...query, data: query.currentData }}
        skeleton={<RowsSkeleton rows={8} height={44} />}
        empty={(data) =>
          data.entries.length > 0 ? null : filtered ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('audit.noMatch.title')}
              text={t('audit.noMatch.text')}
              action={
                <Button variant="outlined" onClick={clear}>
                  {t('audit.clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="inbox" title={t('audit.empty.title')} text={t('audit.empty.text')} />
          )
        }
      >
        {(data) => (
          <>
            <AuditTable entries={data.entries} caption={t('audit.title')} onOpen={setOpen} />
            {/* Another filter begins again at the newest. */}
            <Older key={JSON.stringify(asked)} asked={asked} cursor={data.next_cursor} onOpen={setOpen} />
          </>
        )}
      </QueryView>
      {open && <EntryDialog entry={open} onClose={() => setOpen(null)} />}
    </Section>
  );
}

interface OlderProps {
  asked: ReturnType<typeof askFor>;
  cursor: string | null | undefined;
  onOpen: (entry: AuditEntry) => void;
}

/** The next page, once asked for; it hangs on the page above. */
function Older({ asked, cursor, onOpen }: OlderProps) {
  const { t } = useTranslation('admin');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useAudit({ ...asked, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <AuditTable entries={data.entries} caption={t('audit.olderCaption')} onOpen={onOpen} headless />
        <Older asked={asked} cursor={data.next_cursor} onOpen={onOpen} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('audit.older')}
      </Button>
    </Box>
  );
}
