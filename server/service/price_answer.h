/*
 * What PricingService computes: SQL's answer holds "inputs" (migrations/functions/ledger/
 * price_inputs.sql) and "rules"; the price, its steps and the tariff row that applied take the
 * place of the inputs. If "stored" is there, too, it is compared with the price and replaced by
 * "agrees" and "difference".
 */
#ifndef PBC_SERVER_SERVICE_PRICE_ANSWER_H
#define PBC_SERVER_SERVICE_PRICE_ANSWER_H

#include "server/rpc/registry.h"

rpc_compute_fn price_answer_complete;

#endif
