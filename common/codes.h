/*
 * Shapes of NHS codes. These check form only; whether a code exists is the reference data's answer.
 */
#ifndef PBC_COMMON_CODES_H
#define PBC_COMMON_CODES_H

#include <stdbool.h>

/* Ten digits whose last is the modulus-11 check digit (NHS Data Dictionary, NHS NUMBER). */
bool nhs_number_valid(const char *text);

/* Letter and five digits (A81001; V81997 none, V81998 not applicable, V81999 unknown). */
bool ods_practice_valid(const char *text);
/* Three to five upper-case letters and digits: trust RXX, site RXX01, PCT 5XX, independent NTX. */
bool ods_organisation_valid(const char *text);
/* HRG4: two letters, two digits, letter (HN22E); HRG v3.5: letter and two digits (H80). */
bool hrg_valid(const char *text);
/*
 * ICD-10 and OPCS-4 as sent: letter, two or more letters or digits, at most six, without the dot.
 */
bool icd10_valid(const char *text);
bool opcs4_valid(const char *text);
/* 8-4-4-4-12 hex digits. */
bool uuid_valid(const char *text);

/*
 * True if text holds ten digits that are a valid NHS number, with any spaces, dashes, dots, slashes
 * and underscores between. Meant for logs: it rather keeps back a sum than lets a number through.
 */
bool text_holds_nhs_number(const char *text);

#endif
