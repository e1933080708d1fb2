import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { Admits, ClientMethod, Role } from '../../../api';
import { ReachField } from '../Reach';
import { ROLES } from '../roles';
import { ADMITS, METHODS, wrongDomain, type Draft, type Lack } from './provider';

interface ProviderFieldsProps {
  value: Draft;
  onChange: (part: Partial<Draft>) => void;
  /** What is missing, once somebody tried. */
  lacks: ReadonlySet<Lack>;
  /** Whether the hub keeps a secret already. */
  kept: boolean;
  /** As it was read, of one that there is. */
  issuerBefore?: string;
}

/** The fields of a sign-in service, new or known. */
export function ProviderFields({ value, onChange, lacks, kept, issuerBefore }: ProviderFieldsProps) {
  const { t } = useTranslation(['access', 'translation']);
  const { name, issuer, clientId, method, secret, domains, admits, role, reach } = value;
  const moved = issuerBefore !== undefined && issuer.trim() !== issuerBefore;
  return (
    <>
      <TextField autoFocus required label={t('name')} value={name} onChange={(event) => onChange({ name: event.target.value })} error={lacks.has('name')} helperText={t(lacks.has('name') ? 'nameMissing' : 'nameHelp')} slotProps={{ htmlInput: { maxLength: 60 } }} />
      <TextField required type="url" label={t('issuer')} value={issuer} onChange={(event) => onChange({ issuer: event.target.value })} error={lacks.has('issuer')} helperText={t(lacks.has('issuer') ? 'issuerMissing' : moved ? 'issuerChange' : 'issuerHelp')} slotProps={{ htmlInput: { maxLength: 2048 } }} />
      <TextField required label={t('client')} value={clientId} onChange={(event) => onChange({ clientId: event.target.value })} error={lacks.has('client')} helperText={t(lacks.has('client') ? 'clientMissing' : 'clientHelp')} slotProps={{ htmlInput: { maxLength: 255 } }} />
      <TextField select label={t('method')} value={method} onChange={(event) => onChange({ method: event.target.value as ClientMethod })}>
        {METHODS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`methods.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {method !== 'none' && (
        <TextField
          required={!kept}
          type="password"
          autoComplete="off"
          label={t('secret')}
          value={secret}
          onChange={(event) => onChange({ secret: event.target.value })}
          error={lacks.has('secret')}
          helperText={t(lacks.has('secret') ? 'secretMissing' : kept ? 'secretKept' : 'secretHelp')}
          slotProps={{ htmlInput: { maxLength: 1024 } }}
        />
      )}
      <TextField label={t('domains')} value={domains} onChange={(event) => onChange({ domains: event.target.value })} error={lacks.has('domains')} helperText={lacks.has('domains') ? t('domainsWrong', { domain: wrongDomain(domains) ?? '' }) : t('domainsHelp')} />
      <TextField select label={t('admits')} value={admits} onChange={(event) => onChange({ admits: event.target.value as Admits })} helperText={t(`admitsMeans.${admits}`)}>
        {ADMITS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`letsIn.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {admits === 'domain' && (
        <Box sx={{ display: 'grid', gap: 2 }}>
          <TextField select label={t('newcomer')} value={role} onChange={(event) => onChange({ role: event.target.value as Role })} helperText={t('newcomerHelp')}>
            {ROLES.filter((each) => each !== 'admin' && each !== 'owner').map((each) => (
              <MenuItem key={each} value={each}>
                {t(`translation:role.${each}`)}
              </MenuItem>
            ))}
          </TextField>
          <ReachField value={reach} onChange={(next) => onChange({ reach: next })} tried={lacks.has('reach')} />
        </Box>
      )}
    </>
  );
}
