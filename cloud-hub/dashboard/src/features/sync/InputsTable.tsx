import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import type { InputState } from '../../api';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable } from '../../ui/SimpleTable';
import { Notice } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';

const TONE: Record<InputState['state'], Tone> = { running: 'good', starting: 'quiet', backing_off: 'warn', impaired: 'warn' };
const KINDS = [
  'journal', 'printer', 'poslog', 'csv', 'dsfinvk', 'modbus', 'scale', 'ble', 'broker', 'counter', 'onewire', 'board',
] as const;

/** What the device reads from, and how that is going. */
export function InputsTable({ inputs }: { inputs: InputState[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  if (inputs.length === 0) return <Notice state="empty" icon="inbox" title={t('sync.noInputs.title')} text={t('sync.noInputs.text')} />;
  return (
    <SimpleTable
      caption={t('sync.inputs')}
      rows={inputs}
      rowKey={(input) => `${input.kind}/${input.name}`}
      columns={[
        { key: 'name', label: t('sync.column.input'), cell: (input) => input.name },
        {
          key: 'kind',
          label: t('sync.column.kind'),
          cell: (input) => {
            const known = KINDS.find((kind) => kind === input.kind);
            return known ? t(`sync.kind.${known}`) : input.kind;
          },
        },
        {
          key: 'state',
          label: t('sync.column.state'),
          cell: (input) => (
            <>
              <StatusChip tone={TONE[input.state]}>{t(`sync.inputState.${input.state}`)}</StatusChip>
              {/* What went wrong before it ran again is history. */}
              {input.detail && input.state !== 'running' && <Box sx={{ color: 'text.secondary', mt: 0.25, maxWidth: '48ch' }}>{input.detail}</Box>}
            </>
          ),
        },
        { key: 'records', label: t('sync.column.records'), number: true, cell: (input) => format.number(input.records) },
        { key: 'last', label: t('sync.column.last'), cell: (input) => (input.last_at ? format.age(input.last_at, now) : t('noValue')) },
      ]}
    />
  );
}
