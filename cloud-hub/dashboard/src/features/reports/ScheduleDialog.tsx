import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeSchedule, useCreateSchedule, useReports, useSchedule, useStores, versionOf, type FileFormat, type ReportKind, type Schedule } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { orderOf } from '../jobs/job';
import { FormatField, StoreField } from './OrderFields';
import { NONE, readPattern, writePattern } from './pattern';
import { Recipients } from './Recipients';
import { RhythmFields } from './RhythmFields';
import { Next } from './ScheduleTable';
import { useReportTitle } from './useReportTitle';

/** A report that makes itself: a new one, or another rhythm for one there is. */
export function ScheduleDialog({ id, onClose }: { id: string | null; onClose: () => void }) {
  const { t } = useTranslation('work');
  const query = useSchedule({ id: id ?? '' }, { skip: id === null });
  if (id === null) return <Form read={null} onClose={onClose} />;
  if (query.data) return <Form read={query.data} onClose={onClose} />;
  return (
    <FormDialog title={t('schedules.changeTitle')} onClose={onClose}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={4} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

function Form({ read, onClose }: { read: Schedule | null; onClose: () => void }) {
  const { t } = useTranslation('work');
  // What is edited stays at the version it was read at: a newer one is no reason to lose what was typed.
  const [now] = useState(read);
  const format = useFormat();
  const may = useMay();
  const titleOf = useReportTitle();
  const reports = useReports();
  const stores = useStores();
  const [create, creating] = useCreateSchedule();
  const [change, changing] = useChangeSchedule();
  const told = orderOf(now?.input ?? {});
  const [name, setName] = useState(now?.name ?? '');
  const [kind, setKind] = useState(told.kind ?? '');
  const [file, setFile] = useState<FileFormat>(told.format ?? 'pdf');
  const [store, setStore] = useState(told.stores[0] ?? '');
  const [rhythm, setRhythm] = useState(now ? readPattern(now.pattern) : NONE);
  const [zone, setZone] = useState<string | null>(now?.timezone ?? null);
  const [to, setTo] = useState<string[]>(now?.deliver_to ?? []);
  const [attach, setAttach] = useState(now?.attach ?? true);
  const [tried, setTried] = useState(false);
  const offered = (reports.data?.reports ?? []).filter((each) => may(each.needs));
  const report = offered.find((each) => each.kind === kind) ?? (now ? undefined : offered[0]);
  // A brief at six means six in the shop, not where somebody happens to sit.
  const shop = stores.data?.stores.find((each) => each.id === store) ?? stores.data?.stores[0];
  const timezone = zone ?? shop?.timezone ?? 'UTC';
  const pattern = writePattern(rhythm);
  const stale = problemOf(changing.error, PROBLEM.stale) !== null;
  const submit = async () => {
    setTried(true);
    if (!name.trim() || !pattern || (!now && !report)) return;
    const what: ReportKind | undefined = report?.kind;
    // Several stores, which only a program can have named, stay as they are.
    const store_ids = told.stores.length > 1 && store === told.stores[0] ? told.stores : store ? [store] : [];
    const input = { ...(now?.input ?? {}), ...(what && { kind: what }), format: file, store_ids, ...(!now && { locale: format.locale }) };
    const draft = { name: name.trim(), input, pattern, timezone, deliver_to: to, attach: attach && to.length > 0 };
    const answer = now
      ? await change({ id: now.id, 'If-Match': versionOf(now), scheduleChange: draft })
      : await create({ newSchedule: { ...draft, kind: 'report' } });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog
      title={t(now ? 'schedules.changeTitle' : 'schedules.add')}
      submit={t(now ? 'schedules.save' : 'schedules.create')}
      onSubmit={submit}
      onClose={onClose}
      busy={creating.isLoading || changing.isLoading}
      error={stale ? undefined : (creating.error ?? changing.error ?? reports.error)}
      maxWidth="sm"
    >
      {stale && <Typography role="alert" variant="body2">{t('schedules.stale')}</Typography>}
      <TextField
        autoFocus
        required
        label={t('schedules.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={tried && !name.trim()}
        helperText={tried && !name.trim() ? t('schedules.nameMissing') : t('schedules.nameHelp')}
        slotProps={{ htmlInput: { maxLength: 120 } }}
      />
      <TextField select label={t('field.report')} value={report?.kind ?? ''} onChange={(event) => setKind(event.target.value)}>
        {offered.map((each) => (
          <MenuItem key={each.kind} value={each.kind}>
            {titleOf(each)}
          </MenuItem>
        ))}
      </TextField>
      <StoreField value={store} onChange={setStore} />
      <FormatField value={file} offered={report?.formats ?? [file]} onChange={setFile} />
      <RhythmFields value={rhythm} onChange={setRhythm} tried={tried} />
      <TextField
        label={t('schedules.zone')}
        value={timezone}
        onChange={(event) => setZone(event.target.value)}
        helperText={t('schedules.zoneHelp')}
      />
      <Recipients value={to} attach={attach} onChange={setTo} onAttach={setAttach} />
      {now && (
        <Typography variant="body2" component="div">
          {t('schedules.next')}
          <Next schedule={now} />
        </Typography>
      )}
    </FormDialog>
  );
}
