/* What people come to hospital for: shapes of a fictional casemix in real codes. Tables only. */
#ifndef PBC_DEPLOY_SAMPLE_CASEMIX_H
#define PBC_DEPLOY_SAMPLE_CASEMIX_H

#include <stddef.h>
#include <stdint.h>

enum casemix_pod {
	CASEMIX_DC,
	CASEMIX_EL,
	CASEMIX_NEL,
	CASEMIX_NELNE,
	CASEMIX_OPFA,
	CASEMIX_OPFUP,
	CASEMIX_OPPROC,
	CASEMIX_AE,
	CASEMIX_POD_COUNT,
};

/* "DC", ... */
extern const char *const casemix_pod_names[CASEMIX_POD_COUNT];

/* A reason for a spell. Codes without dots, as sent in commissioning data sets. */
struct casemix_spell {
	enum casemix_pod pod;
	const char *hrg;
	const char *treatment_function;
	const char *diagnosis;        /* ICD-10 */
	const char *procedure;        /* OPCS-4; "" for none */
	const char *admission_method; /* "" where the pathway decides */
	char sex;                     /* '1', '2', or '0' for both */
	int age_min, age_max;         /* completed years, both included */
	int stay_days;                /* mean length of stay */
	uint32_t weight;              /* among the spells of its point of delivery */
};

/* A clinic. */
struct casemix_clinic {
	const char *treatment_function;
	char sex;
	int age_min, age_max;
	uint32_t weight;
	const char *procedure_hrg; /* done in the clinic; "" for none. From 19 years of age only */
	const char *procedure;
};

struct casemix_attendance {
	const char *hrg; /* A&E group */
	uint32_t weight;
};

extern const struct casemix_spell casemix_spells[];
extern const size_t casemix_spell_count;
extern const struct casemix_clinic casemix_clinics[];
extern const size_t casemix_clinic_count;
extern const struct casemix_attendance casemix_attendances[];
extern const size_t casemix_attendance_count;

/* The treatment function that has no tariff and is paid at the contract's local price. */
#define CASEMIX_LOCAL_FUNCTION "840"
#define CASEMIX_LOCAL_FIRST_PENCE 7200
#define CASEMIX_LOCAL_FOLLOW_UP_PENCE 4150

/* Share of the year's events in each month, April first, per mille. */
extern const uint32_t casemix_emergency_months[12];
extern const uint32_t casemix_planned_months[12];

#endif
