@file:JvmName("FieldbookErrors")

package app.fieldbook

/** A sentence a person can read: what is wrong, and where there is something to do, what. */
public val FieldbookException.reason: String
    get() = when (this) {
        is FieldbookException.Refused -> reason
        is FieldbookException.NotFound -> reason
        is FieldbookException.SignedOut -> reason
        is FieldbookException.Offline -> reason
        is FieldbookException.UpgradeNeeded -> reason
        is FieldbookException.Storage -> reason
        is FieldbookException.Cancelled -> reason
        is FieldbookException.Bug -> reason
    }

/** Stable and dotted, for example `field.too_long`; null where the kind of the exception says it all. */
public val FieldbookException.code: String?
    get() = when (this) {
        is FieldbookException.Refused -> code
        is FieldbookException.Storage -> code
        is FieldbookException.Bug -> code
        is FieldbookException.NotFound,
        is FieldbookException.SignedOut,
        is FieldbookException.Offline,
        is FieldbookException.UpgradeNeeded,
        is FieldbookException.Cancelled,
        -> null
    }
