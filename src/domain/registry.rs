//! Enums whose variants, names and list come from one definition, so `ALL` cannot miss a variant.

/// Defines an enum with `ALL`, a method for each variant's name, and `Display` and `Serialize` by that name.
macro_rules! registry {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $method:ident {
            $($(#[$doc:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every variant, in this order.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$variant),*];

            /// The stable name.
            pub const fn $method(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.$method())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$method())
            }
        }
    };
}

pub(crate) use registry;
