import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api';
import { useSession } from '../../app/SessionGate';
import { mayGrant, ROLES } from './roles';

interface RoleFieldProps {
  value: Role;
  onChange: (role: Role) => void;
  /** Why it cannot be changed, if so. */
  locked?: string;
}

/** The roles that whoever is signed in may give, with what the chosen one means. */
export function RoleField({ value, onChange, locked }: RoleFieldProps) {
  const { t } = useTranslation(['admin', 'translation']);
  const { user } = useSession();
  const offered = ROLES.filter((role) => role === value || mayGrant(user.role, role));
  return (
    <TextField
      select
      label={t('person.role')}
      value={value}
      disabled={locked !== undefined}
      onChange={(event) => onChange(event.target.value as Role)}
      helperText={locked ?? t(`roleMeans.${value}`)}
    >
      {offered.map((role) => (
        <MenuItem key={role} value={role}>
          {t(`translation:role.${role}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}
