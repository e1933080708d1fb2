import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Needs } from '../../app/Needs';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { Notice } from '../../ui/states';
import { isOpen, STATES } from './job';
import { JobDialog } from './JobDialog';
import { JobList, useJobsNow } from './JobList';

const KINDS = ['report', 'export', 'figures.verify'] as const;
const field = { flex: '1 1 140px', maxWidth: { sm: 220 }, '& .MuiInputBase-root': { minHeight: 44 } };
const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };

/** What works in the background: how far it is, what came of it. */
export default function JobsPage() {
  const { t } = useTranslation('work');
  return (
    <Needs anyOf={['jobs.read']} title={t('jobs.title')}>
      <PageHeader title={t('jobs.title')} />
      <Centre />
    </Needs>
  );
}

function Centre() {
  const { t } = useTranslation('work');
  const [params, setParams] = useSearchParams();
  const state = STATES.find((each) => each === params.get('state'));
  const kind = KINDS.find((each) => each === params.get('kind'));
  const asked = { state, kind };
  const query = useJobsNow(asked);
  const open = params.get('job');
  const set = (name: 'state' | 'kind' | 'job', value: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      // A job that is opened can be left by Back; a filter is no place to go back to.
      { replace: name !== 'job' || value === null },
    );
  const filtered = Boolean(state ?? kind);
  return (
    <Section title={t('jobs.list')} asOf={query.currentData?.jobs.some(isOpen) ? query.currentData.as_of : undefined} flush>
      <Box role="search" aria-label={t('jobs.filter')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}>
        <TextField select size="small" label={t('column.state')} value={state ?? ''} onChange={(event) => set('state', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('anyState')}</MenuItem>
          {STATES.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`state.${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField select size="small" label={t('kind')} value={kind ?? ''} onChange={(event) => set('kind', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('anyKind')}</MenuItem>
          <MenuItem value="report">{t('kinds.report')}</MenuItem>
          <MenuItem value="export">{t('kinds.export')}</MenuItem>
          <MenuItem value="figures.verify">{t('verify')}</MenuItem>
        </TextField>
      </Box>
      <JobList
        asked={asked}
        caption={t('jobs.list')}
        onOpen={(id) => set('job', id)}
        empty={
          filtered ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('jobs.noMatch.title')}
              text={t('jobs.noMatch.text')}
              action={
                <Button variant="outlined" onClick={() => setParams({}, { replace: true })}>
                  {t('clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="sync" title={t('jobs.empty.title')} text={t('jobs.empty.text')} />
          )
        }
      />
      {open && <JobDialog id={open} onClose={() => set('job', null)} />}
    </Section>
  );
}
