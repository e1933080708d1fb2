import { useTranslation } from 'react-i18next';
import { usePeople, useStores, type Job } from '../../api';
import { useMay, useSession } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { calledAs } from '../admin/people/person';
import { EXPORT_KINDS, orderOf, REPORT_KINDS } from './job';

type Subject = Pick<Job, 'kind' | 'input'>;

/** Work in words: what it makes, of which stores and days, and who wanted it. */
export function useJobText() {
  const { t } = useTranslation(['work', 'translation']);
  const format = useFormat();
  const may = useMay();
  const { user } = useSession();
  const stores = useStores(undefined, { skip: !may('stores.read') });
  const people = usePeople(undefined, { skip: !may('users.read') });
  // A business day has no zone: it is the same date for everybody.
  const date = (day: string) => format.time(`${day}T00:00:00Z`, 'date', 'UTC');
  const where = (ids: readonly string[]) => {
    const [only] = ids;
    if (only === undefined) return t('allStores');
    if (ids.length > 1) return t('stores', { count: ids.length });
    return stores.data?.stores.find((store) => store.id === only)?.name ?? t('oneStore');
  };
  return {
    where,
    date,
    title: ({ kind, input }: Subject): string => {
      const { kind: what } = orderOf(input);
      const report = kind === 'report' && REPORT_KINDS.find((each) => each === what);
      if (report) return t(`report.${report}`);
      const rows = kind === 'export' && EXPORT_KINDS.find((each) => each === what);
      if (rows) return t('exportOf', { what: t(`export.${rows}`) });
      return kind === 'figures.verify' ? t('verify') : kind;
    },
    detail: ({ kind, input }: Subject): string => {
      if (kind !== 'report' && kind !== 'export') return '';
      const { stores: ids, format: file, day, from, to } = orderOf(input);
      const days = day ? date(day) : from && to ? t('days', { from: date(from), to: date(to) }) : from ? t('daysFrom', { from: date(from) }) : to ? t('daysTo', { to: date(to) }) : null;
      return [where(ids), days, file && t(`format.${file}`)].filter(Boolean).join(' · ');
    },
    by: ({ started_by, schedule_id }: Pick<Job, 'started_by' | 'schedule_id'>): string => {
      if (schedule_id) return t('by.schedule');
      if (started_by.kind === 'hub') return t('by.hub');
      if (started_by.id === user.id) return t('by.you');
      const person = people.data?.users.find((each) => each.id === started_by.id);
      return person ? calledAs(person) : t(started_by.kind === 'key' ? 'by.key' : 'by.other');
    },
  };
}
