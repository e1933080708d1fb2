import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRetention, useSetRetention, versionOf, type Retention, type RetentionClass } from '../../../api';
import { PROBLEM, problemOf, refusedField } from '../../../api/problem';
import { useFormat } from '../../../i18n/useFormat';
import { Disclosure } from '../../../ui/Disclosure';
import { FormDialog } from '../../../ui/FormDialog';
import { Section } from '../../../ui/Section';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../../ui/states';
import { StatusChip } from '../../../ui/StatusChip';
import { Fact } from '../../stores/StoreTable';

/** How long what is kept, why, and what the last run dropped. */
export default function RetentionTab() {
  const { t } = useTranslation('office');
  const query = useRetention();
  const [changing, setChanging] = useState<RetentionClass | 'law' | null>(null);
  return (
    <Section
      title={t('retention.title')}
      asOf={query.data?.as_of}
      flush
      actions={
        query.data && (
          <Button size="small" onClick={() => setChanging('law')}>
            {t('retention.law')}
          </Button>
        )
      }
    >
      <QueryView query={query} skeleton={<RowsSkeleton rows={6} height={56} />}>
        {(retention) => (
          <>
            <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(3, minmax(0, 1fr))' }, gap: 1.5, m: 0, paddingInline: { xs: 2, sm: 2.5 }, pb: 2 }}>
              <Facts retention={retention} />
            </Box>
            <Table classes={retention.classes} onChange={setChanging} />
            {changing && <Change read={retention} of={changing} onClose={() => setChanging(null)} />}
          </>
        )}
      </QueryView>
    </Section>
  );
}

function Facts({ retention }: { retention: Retention }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  return (
    <>
      <Fact label={t('retention.country')} value={retention.country === 'ZZ' ? t('retention.nobodySaid') : format.country(retention.country)} strong />
      <Fact label={t('retention.zone')} value={retention.timezone} />
      <Fact label={t('retention.next')} value={format.time(retention.next_run_at, 'dayTime')} />
    </>
  );
}

/** A class by its name; one that this page does not know keeps the hub's. */
function useClassName(): (of: RetentionClass) => string {
  const { t } = useTranslation('office');
  return (of) => t(`retention.class.${of.class}` as 'retention.class.receipts', { defaultValue: of.class });
}

function Table({ classes, onChange }: { classes: RetentionClass[]; onChange: (of: RetentionClass) => void }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  const called = useClassName();
  const columns: Column<RetentionClass>[] = [
    {
      key: 'class',
      label: t('retention.column.class'),
      width: '34%',
      cell: (each) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {called(each)}
          <Box sx={{ fontWeight: 400 }}>
            <Disclosure summary={t('retention.why')}>
              <Typography variant="caption">{each.why}</Typography>
            </Disclosure>
          </Box>
        </Box>
      ),
    },
    {
      key: 'period',
      label: t('retention.column.period'),
      cell: (each) => (
        <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start', gap: 0.25 }}>
          {each.period}
          {each.own && <StatusChip tone="info">{t('retention.own')}</StatusChip>}
        </Box>
      ),
    },
    {
      key: 'bounds',
      label: t('retention.column.bounds'),
      cell: (each) => [each.at_least && t('retention.atLeast', { period: each.at_least }), each.at_most && t('retention.atMost', { period: each.at_most })].filter(Boolean).join('; ') || t('retention.free'),
    },
    { key: 'cutoff', label: t('retention.column.cutoff'), cell: (each) => format.time(each.cutoff, 'date') },
    {
      key: 'removed',
      label: t('retention.column.removed'),
      cell: (each) =>
        each.ran_at ? t('retention.removed', { count: each.removed, number: format.number(each.removed), at: format.time(each.ran_at, 'dayTime'), all: format.number(each.removed_in_all) }) : t('retention.never'),
    },
    {
      key: 'action',
      label: t('retention.column.action'),
      unlabelled: true,
      cell: (each) => (
        <Button size="small" aria-label={t('retention.changeNamed', { class: called(each) })} onClick={() => onChange(each)}>
          {t('retention.change')}
        </Button>
      ),
    },
  ];
  return <SimpleTable caption={t('retention.title')} columns={columns} rows={classes} rowKey={(each) => each.class} />;
}

/** One class, or whose law holds; everything else is sent as it stands. */
function Change({ read, of, onClose }: { read: Retention; of: RetentionClass | 'law'; onClose: () => void }) {
  const { t } = useTranslation('office');
  const called = useClassName();
  // What is edited stays at the version it was read at.
  const [now] = useState(read);
  const [set, { isLoading, error, reset }] = useSetRetention();
  const [country, setCountry] = useState(now.country === 'ZZ' ? '' : now.country);
  const [zone, setZone] = useState(now.timezone);
  const [period, setPeriod] = useState(of === 'law' ? '' : of.period);
  const [tried, setTried] = useState(false);
  const law = of === 'law';
  const noCountry = law && !/^[A-Z]{2}$/.test(country.trim());
  const noZone = law && !zone.trim();
  const submit = async () => {
    setTried(true);
    if (noCountry || noZone) return;
    const periods = Object.fromEntries(now.classes.filter((each) => each.own && each !== of).map((each) => [each.class, each.period]));
    // An empty period goes back to the default of the country.
    if (!law && period.trim()) periods[of.class] = period.trim();
    const answer = await set({
      'If-Match': versionOf(now),
      retentionSettings: { country: law ? country.trim() : now.country, timezone: law ? zone.trim() : now.timezone, periods },
    });
    if (answer.data) onClose();
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const refused = refusedField(error);
  const said = (field: string) => (refused?.field.startsWith(field) ? t('retention.refused', { why: refused.says }) : undefined);
  const wrong = law ? { country: tried && noCountry ? t('retention.countryMissing') : said('country'), zone: tried && noZone ? t('retention.zoneMissing') : said('timezone') } : { period: said('periods') };
  const known = Object.values(wrong).some((each) => each !== undefined);
  /** A refusal stands as long as what it was about does. */
  const edit = (put: (value: string) => void) => (event: { target: { value: string } }) => {
    put(event.target.value);
    reset();
  };
  return (
    <FormDialog title={law ? t('retention.law') : t('retention.changeNamed', { class: called(of) })} submit={t('save')} onSubmit={submit} onClose={onClose} busy={isLoading} error={stale || known ? undefined : error}>
      {stale && (
        <Typography role="alert" variant="body2">
          {t('stale')}
        </Typography>
      )}
      {law ? (
        <>
          <TextField autoFocus required label={t('retention.country')} value={country} onChange={edit((value) => setCountry(value.toUpperCase()))} error={wrong.country !== undefined} helperText={wrong.country ?? t('retention.countryHelp')} slotProps={{ htmlInput: { maxLength: 2 } }} />
          <TextField required label={t('retention.zone')} value={zone} onChange={edit(setZone)} error={wrong.zone !== undefined} helperText={wrong.zone ?? t('retention.zoneHelp')} />
        </>
      ) : (
        <>
          <Typography variant="body2">{of.why}</Typography>
          <TextField autoFocus label={t('retention.column.period')} value={period} onChange={edit(setPeriod)} error={wrong.period !== undefined} helperText={wrong.period ?? t('retention.periodHelp')} />
        </>
      )}
    </FormDialog>
  );
}
